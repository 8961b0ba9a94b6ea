import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { ScratchProject } from "../support/scratch-project.js";
import { checkpointOf, createTinyProject, readBits, trainTiny } from "../support/tiny-run.js";

const steps = ["trainer.maxSteps=6", "+trainer.evalBatches=2", "~trainer.earlyStopping", "run.requireExact=true"];

/** Documents of several lengths. */
function writeDocuments(project: ScratchProject, name: string, count: number, longest = 5): void {
  const lines = Array.from({ length: count }, (_, index) => {
    const text = `${index} ${"whales swam far ".repeat(1 + ((index * 7) % longest))}${index % 13}`;
    return JSON.stringify({ text });
  });
  writeFileSync(join(project.folder, name), lines.join("\n"));
}

describe("a resumed run with other rows", function () {
  this.timeout(60_000);
  let project: ScratchProject;

  before(() => {
    project = createTinyProject();
    // More text than a preparation encodes before it starts threads.
    writeDocuments(project, "books.jsonl", 2000, 400);
    writeDocuments(project, "letters.jsonl", 300);
  });
  after(() => project.dispose());

  async function expectSameBits(name: string, data: object, first: readonly string[], then: readonly string[]) {
    const overrides = [`data=${JSON.stringify({ type: "text", split: "documents", ...data })}`, ...steps];
    const whole = await trainTiny(project, `${name} whole`, {}, [...overrides, ...first]);
    const settings = { resumeFrom: checkpointOf(whole.folder, 3) };
    const resumed = await trainTiny(project, `${name} resumed`, settings, [...overrides, ...then]);
    expect(whole.outcome).to.deep.include({ status: "finished", step: 6 });
    const bits = readBits(whole.folder, 3);
    expect(Object.keys(bits.checkpoints)).to.have.length(6);
    expect(readBits(resumed.folder, 3)).to.deep.equal(bits);
  }

  it("has the bits of an uninterrupted one where other threads prepare the data", async () => {
    const cacheAt = (name: string) => `run.cacheDir=${join(project.folder, name)}`;
    const one = ["+data.workers=0", cacheAt("cache of none")];
    const other = ["+data.workers=3", cacheAt("cache of three")];
    await expectSameBits("threads", { paths: ["books.jsonl"] }, one, other);
  });

  for (const rows of ["packed", "padded"]) {
    it(`has them with ${rows} rows of a mixture, on one thread and on two`, async () => {
      const mixture = { books: { paths: ["letters.jsonl"], weight: 2 }, book: { paths: ["letters.jsonl"] } };
      await expectSameBits(rows, { mixture, rows }, [], ["compute.threads=2"]);
    });
  }
});
