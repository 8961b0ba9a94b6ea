import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { repositoryRoot } from "../support/repository.js";

const reference = `${repositoryRoot}test/fixtures/pytorch/S`;

describe("bench:serve", () => {
  /** What the server answers to these lines. */
  async function serve(lines: string, ...flags: string[]) {
    const server = promisify(execFile)(process.execPath, ["test/bench/serve.mjs", ...flags], { cwd: repositoryRoot });
    server.child.stdin?.end(lines);
    return (await server).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  }

  it("keeps PyTorch's losses of 20 steps within 5e-6 on the shape S", async () => {
    const { losses } = JSON.parse(await readFile(`${reference}/reference.json`, "utf8"));
    const [ready, first, rest] = await serve("1\n19\n", "--shape", "S", "--reference", reference);
    expect(ready).to.include({ ready: true, parameters: 809_856 });
    expect(first.ms).to.have.length(1);
    expect(rest.peakMemoryBytes).to.be.greaterThan(1e7);
    for (const [step, loss] of [...first.loss, ...rest.loss].entries()) {
      expect(Math.abs(loss / losses[step] - 1), `loss of step ${step}`).to.be.lessThan(5e-6);
    }
  });

  it("starts by itself without a reference", async () => {
    const [ready, reply] = await serve("1\n", "--threads", "1");
    expect(ready.device.threads).to.equal(1);
    expect(reply.loss[0]).to.be.closeTo(Math.log(65), 0.1);
  });

  it("drops out, and computes on another backend", async () => {
    const small = ["--compute", "wasm", "--device", "cpu", "--shape", "S+layerCount=1+contextLength=8"];
    const [ready, reply] = await serve("1\n", ...small, "--dropout", "0.1");
    expect(ready.device.runtime).to.match(/wasm/);
    const [, whole] = await serve("1\n", ...small);
    expect(reply.loss[0]).to.be.closeTo(whole.loss[0], 0.1).and.not.equal(whole.loss[0]);
  });

  it("passes what the backend has to refuse on to it", async () => {
    const refused = [
      [["--compute", "wasm", "--no-native"], /refuses its options.*native/],
      [["--device", "tpu"], /refuses its options.*device/],
    ] as const;
    for (const [flags, message] of refused) {
      const error = await serve("", ...flags).catch((failure: unknown) => failure);
      expect(error).to.include({ code: 2 });
      expect(error).to.have.property("stderr").that.matches(message);
    }
  });

  it("says how it is used", async () => {
    const error = await serve("", "--shape", "XL").catch((failure: unknown) => failure);
    expect(error).to.include({ code: 2 });
    expect(error)
      .to.have.property("stderr")
      .that.matches(/--shape takes S\|M\|L\|base, not XL/);
  });
});
