import { expect } from "chai";
import { createInterruption } from "#src/cli/interruption.js";

function createSource() {
  const listeners: ((signal: string) => void)[] = [];
  const exits: number[] = [];
  return {
    exits,
    on: (_: string, listener: (signal: string) => void) => listeners.push(listener),
    off: (_: string, listener: (signal: string) => void) => listeners.splice(listeners.indexOf(listener), 1),
    exit: (code: number) => {
      exits.push(code);
    },
    send: (signal: string) => listeners[0]?.(signal),
  };
}

describe("createInterruption", () => {
  it("aborts at the first signal and ends the process at the second, with that one's code", () => {
    const source = createSource();
    const clock = { ms: 0 };
    let notices = 0;
    const { signal, release } = createInterruption(
      source,
      () => notices++,
      () => clock.ms,
    );
    expect(signal.aborted).to.equal(false);
    source.send("SIGINT");
    expect(signal.aborted).to.equal(true);
    expect(source.exits).to.deep.equal([]);
    clock.ms = 1000;
    source.send("SIGTERM");
    expect(source.exits).to.deep.equal([143]);
    source.send("SIGINT");
    expect(source.exits).to.deep.equal([143, 130]);
    expect(notices).to.equal(1);
    release();
    source.send("SIGINT");
    expect(source.exits).to.have.length(2);
  });

  it("knows the exit code of the signal that stopped the work first", () => {
    for (const [signal, other, exitCode] of [
      ["SIGINT", "SIGTERM", 130],
      ["SIGTERM", "SIGINT", 143],
    ] as const) {
      const source = createSource();
      const interruption = createInterruption(source, () => undefined);
      source.send(signal);
      source.send(other);
      expect(interruption.exitCode).to.equal(exitCode);
    }
  });

  it("takes a Ctrl-C that npm passes on again for one", () => {
    const source = createSource();
    const clock = { ms: 0 };
    createInterruption(
      source,
      () => undefined,
      () => clock.ms,
    );
    source.send("SIGINT");
    clock.ms = 20;
    source.send("SIGINT");
    expect(source.exits).to.deep.equal([]);
  });
});
