import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { python, servedLosses } from "../support/interop.js";
import { repositoryRoot } from "../support/repository.js";

const peer = join(repositoryRoot, "test/bench/peers/pytorch_gpt.py");
const server = join(repositoryRoot, "test/bench/serve.mjs");
/** Relative distance of two floats that differ in the last few bits, grown over 20 steps. */
const tolerances = { S: 5e-6, M: 5e-6, L: 2e-5 };

describe("training losses against PyTorch, same weights and batches", () => {
  for (const shape of ["S", "M", "L"] as const) {
    it(`stay within ${tolerances[shape]} over 20 steps of shape ${shape}`, () => {
      const folder = mkdtempSync(join(tmpdir(), "codex-parity-"));
      try {
        execFileSync(python, [peer, "export", folder, "--shape", shape]);
        const expected: number[] = JSON.parse(readFileSync(join(folder, "reference.json"), "utf8")).losses;
        const losses = servedLosses(process.execPath, [server, "--shape", shape, "--reference", folder], 20);
        expect(losses).to.have.length(20);
        const distances = losses.map((loss, step) => Math.abs(loss - expected[step]!) / expected[step]!);
        expect(Math.max(...distances)).to.be.below(tolerances[shape]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
