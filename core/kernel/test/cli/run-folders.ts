import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A project in a temporary folder, to be filled with what runs leave. */
export class FakeProject {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "codex cli ")));
  readonly runsFolder = join(this.folder, "runs");
  readonly search = { workingFolder: this.folder, runsFolder: this.runsFolder };

  addRun(name: string, facts: Record<string, unknown>, steps: readonly number[] = []): string {
    const folder = join(this.runsFolder, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "run.json"), JSON.stringify({ runId: name, status: "finished", ...facts }));
    for (const step of steps) this.addCheckpoint(folder, step);
    return folder;
  }

  addCheckpoint(run: string, step: number, isComplete = true): string {
    const folder = join(run, "checkpoints", `step-${String(step).padStart(8, "0")}`);
    mkdirSync(folder, { recursive: true });
    if (isComplete) writeFileSync(join(folder, "manifest.json"), "{}");
    return folder;
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
