import { expect } from "chai";

const { startPeer } = await import(new URL("./peer-process.mjs", import.meta.url).href);

const start = (script: string) => startPeer([process.execPath, "--eval", script]);

describe("a benchmark's peer", () => {
  it("answers lines, and ends when it is asked to", async () => {
    const echo = `console.log('{"ready":true}'); process.stdin.on("data", (line) => console.log(JSON.stringify({ n: +line })))`;
    const peer = start(echo);
    expect(await peer.ready).to.deep.equal({ ready: true });
    expect(await peer.run(3)).to.deep.equal({ n: 3 });
    await peer.stop();
  });

  it("says how it ended where it ended by itself, and is stopped then too", async () => {
    const peer = start("process.exit(3)");
    const ready = await peer.ready.catch((error: unknown) => error);
    expect(ready)
      .to.have.property("message")
      .that.matches(/ended with code 3/);
    const run = await peer.run(1).catch((error: unknown) => error);
    expect(run)
      .to.have.property("message")
      .that.matches(/ended with code 3/);
    await peer.stop();
  });
});
