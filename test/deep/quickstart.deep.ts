import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { python } from "../support/interop.js";
import { repositoryRoot } from "../support/repository.js";

interface Row {
  readonly seed: string;
  /** Held-out losses, nats per character. */
  readonly codex: number;
  readonly pytorch: number;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the quickstart, three seeds of 2,000 steps", () => {
  it("learns as well as PyTorch from the same weights and batches: held-out loss within 0.01 in the mean", () => {
    const program = join(repositoryRoot, "test/bench/quickstart.mjs");
    const output = execFileSync(process.execPath, [program, "--python", python], { encoding: "utf8" });
    const rows: Row[] = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).to.have.length(3);
    const ours = mean(rows.map((row) => row.codex));
    expect(ours).to.be.at.most(mean(rows.map((row) => row.pytorch)) + 0.01);
  });
});
