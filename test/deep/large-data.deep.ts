import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { repositoryRoot } from "../support/repository.js";
import { writeSeededText } from "../support/seeded-text.mjs";

const sizeBytes = Number(process.env.CODEX_TEST_LARGE_BYTES ?? 5e9);
const limitBytes = 1.5e9;

describe(`${sizeBytes / 1e9} GB of text`, function () {
  this.timeout(3_600_000);
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "codex large-"));
    await writeSeededText((index) => join(folder, `${String(index).padStart(2, "0")}.txt`), sizeBytes);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const rows of ["windows", "packed"]) {
    it(`is prepared and trained on in less than 1.5 GB of memory, as ${rows}`, async () => {
      const startedAt = performance.now();
      const { code, output, peakBytes } = await train(folder, rows);
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      process.stdout.write(`    ${Math.round(peakBytes / 1e6)} MB at the most, ${seconds} s\n`);
      expect(output).to.contain("Finished at step 20");
      expect(code).to.equal(0);
      expect(peakBytes).to.be.within(50e6, limitBytes);
    });
  }
});

/** Trains in a process of its own, and watches the peak of its resident memory. */
function train(folder: string, rows: string) {
  const overrides = [
    `data.paths=[${JSON.stringify(join(folder, "*.txt"))}]`,
    `run.cacheDir=${JSON.stringify(join(folder, "cache"))}`,
    `data.rows=${rows}`,
    "data.split=tails",
    "data.validationFraction=0.001",
    "trainer.maxSteps=20",
    "trainer.evalEvery=10",
    "+trainer.evalBatches=4",
  ];
  const options = ["train", "--config", "quickstart", "--output-dir", join(folder, `run ${rows}`), ...overrides];
  const child = spawn(process.execPath, [join(repositoryRoot, "core/kernel/bin/codex.js"), ...options], {
    cwd: repositoryRoot,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let peakBytes = 0;
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const watching = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid));
  }, 100);
  return new Promise<{ code: number | null; output: string; peakBytes: number }>((resolve) => {
    child.on("close", (code) => {
      clearInterval(watching);
      resolve({ code, output, peakBytes });
    });
  });
}

/** VmHWM, which only grows; 0 once the process has ended. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
