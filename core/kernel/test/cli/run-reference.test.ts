import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { isCodexError } from "codex-core";
import { resolveCheckpoint, resolveRun } from "#src/cli/runs/run-reference.js";
import { FakeProject } from "./run-folders.js";

function errorOf(action: () => unknown): { code: string; what: string; fix: string | undefined } {
  try {
    action();
  } catch (error) {
    if (isCodexError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("run references", () => {
  let project: FakeProject;

  beforeEach(() => {
    project = new FakeProject();
  });

  afterEach(() => project.dispose());

  it("finds a run by folder, by runId and as the latest", () => {
    project.addRun("old", { startedAt: "2026-01-01T00:00:00Z" });
    const newer = project.addRun("newer", { startedAt: "2026-01-02T00:00:00Z" });
    for (const reference of ["runs/newer", "newer", newer, "latest"]) {
      expect(resolveRun(reference, project.search).folder, reference).to.equal(newer);
    }
  });

  it("takes the newest complete checkpoint of a run, by step and not by name", () => {
    const run = project.addRun("a", { startedAt: "2026-01-01T00:00:00Z" }, [5, 100]);
    project.addCheckpoint(run, 200, false);
    const expected = join(run, "checkpoints", "step-00000100");
    for (const reference of ["a", "latest", "runs/a/checkpoints/step-00000100"]) {
      expect(resolveCheckpoint(reference, project.search), reference).to.equal(expected);
    }
  });

  it("passes over newer runs without a checkpoint when the latest one is asked for", () => {
    const old = project.addRun("old", { startedAt: "2026-01-01T00:00:00Z" }, [1]);
    project.addRun("newer", { startedAt: "2026-01-02T00:00:00Z" });
    expect(resolveCheckpoint("latest", project.search)).to.equal(join(old, "checkpoints", "step-00000001"));
  });

  it("says how to train when there is no run", () => {
    const error = errorOf(() => resolveCheckpoint("latest", project.search));
    expect(error.code).to.equal("CODEX_RUN_NOT_FOUND");
    expect(error.fix).to.include("codex train");
  });

  it("offers the run that is spelled alike", () => {
    project.addRun("20260101-000000-quick-ab12", { startedAt: "2026-01-01T00:00:00Z" });
    const error = errorOf(() => resolveRun("20260101-000000-quikc-ab12", project.search));
    expect(error).to.include({ code: "CODEX_RUN_NOT_FOUND" });
    expect(error.fix).to.include("Did you mean 20260101-000000-quick-ab12?");
  });

  it("tells a run without a checkpoint from no run", () => {
    project.addRun("fresh", {});
    const error = errorOf(() => resolveCheckpoint("fresh", project.search));
    expect(error.code).to.equal("CODEX_RUN_NO_CHECKPOINT");
    expect(error.what).to.include("fresh");
  });

  it("tells an unfinished checkpoint, and a folder that is something else", () => {
    const run = project.addRun("a", {}, [1]);
    project.addCheckpoint(run, 2, false);
    mkdirSync(join(project.folder, "photos"));
    const unfinished = errorOf(() => resolveCheckpoint("runs/a/checkpoints/step-00000002", project.search));
    expect(unfinished.what).to.include("not a complete checkpoint");
    expect(errorOf(() => resolveRun("photos", project.search)).what).to.include("neither a run nor a checkpoint");
  });
});
