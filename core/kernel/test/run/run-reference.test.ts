import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { rejection } from "codex-core/testing";
import { namedFolder, namedRunFolder, resolveCheckpoint, resolveRun } from "#src/run/run-reference.js";
import { FakeProject } from "../cli/run-folders.js";

describe("run references", () => {
  let project: FakeProject;

  beforeEach(() => {
    project = new FakeProject();
  });

  afterEach(() => project.dispose());

  it("finds a run by folder, by runId and as the latest", () => {
    project.addRun("old", { startedAt: "2026-01-01T00:00:00Z" });
    const newer = project.addRun("newer", { startedAt: "2026-01-02T00:00:00Z" });
    project.addRun("replay", { startedAt: "2026-01-03T00:00:00Z", replayOf: newer });
    for (const reference of ["runs/newer", "newer", newer, "latest"]) {
      expect(resolveRun(reference, project.search).folder, reference).to.equal(newer);
    }
  });

  it("finds a run by its runId where the folder has another name", async () => {
    const mine = project.addRun("mine", { runId: "20260101-000000-quick-ab12" }, [3]);
    expect(resolveRun("20260101-000000-quick-ab12", project.search).folder).to.equal(mine);
    expect(resolveCheckpoint("20260101-000000-quick-ab12", project.search)).to.include(join("mine", "checkpoints"));
    const error = await rejection(() => resolveRun("mien", project.search), "CODEX_RUN_NOT_FOUND");
    expect(error.fix).to.include("Did you mean mine?");
  });

  it("does not choose between a run and its copy", async () => {
    for (const name of ["mine", "copy"]) project.addRun(name, { runId: "20260101-000000-quick-ab12" });
    const twice = () => resolveRun("20260101-000000-quick-ab12", project.search);
    const error = await rejection(twice, "CODEX_RUN_NOT_FOUND");
    expect(error.what).to.include("2 runs have the runId");
    expect(error.where).to.include(join("runs", "mine")).and.include(join("runs", "copy"));
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
    project.addRun("replay", { startedAt: "2026-01-03T00:00:00Z", replayOf: old }, [1]);
    expect(resolveCheckpoint("latest", project.search)).to.equal(join(old, "checkpoints", "step-00000001"));
  });

  it("takes from a program a path as it is, and the names that a command line takes", () => {
    const old = project.addRun("mine", { runId: "20260101-000000-quick-ab12", startedAt: "2026-01-01T00:00:00Z" }, [1]);
    const newer = project.addRun("newer", { startedAt: "2026-01-02T00:00:00Z" });
    expect(namedFolder("latest", project.search), "the newest with a checkpoint").to.equal(old);
    expect(namedRunFolder("latest", project.search)).to.equal(newer);
    for (const name of ["20260101-000000-quick-ab12", "mine", "runs/mine", old]) {
      expect(namedFolder(name, project.search), name).to.equal(old);
      expect(namedRunFolder(name, project.search), name).to.equal(old);
    }
    const checkpoint = join(old, "checkpoints/step-00000001");
    expect(namedFolder(checkpoint, project.search)).to.equal(checkpoint);
    const nowhere = join(project.search.workingFolder, "nowhere");
    expect(namedFolder("nowhere", project.search)).to.equal(nowhere);
  });

  it("says how to train when there is no run", async () => {
    const error = await rejection(() => resolveCheckpoint("latest", project.search), "CODEX_RUN_NOT_FOUND");
    expect(error.fix).to.include("codex train");
  });

  it("offers the run that is spelled alike", async () => {
    project.addRun("20260101-000000-quick-ab12", { startedAt: "2026-01-01T00:00:00Z" });
    const misspelled = () => resolveRun("20260101-000000-quikc-ab12", project.search);
    const error = await rejection(misspelled, "CODEX_RUN_NOT_FOUND");
    expect(error.fix).to.include("Did you mean 20260101-000000-quick-ab12?");
  });

  it("tells a run without a checkpoint from no run", async () => {
    project.addRun("fresh", {});
    const error = await rejection(() => resolveCheckpoint("fresh", project.search), "CODEX_RUN_NO_CHECKPOINT");
    expect(error.what).to.include("fresh");
  });

  it("tells an unfinished checkpoint, and a folder that is something else", async () => {
    const run = project.addRun("a", {}, [1]);
    project.addCheckpoint(run, 2, false);
    mkdirSync(join(project.folder, "photos"));
    const path = "runs/a/checkpoints/step-00000002";
    const unfinished = await rejection(() => resolveCheckpoint(path, project.search), "CODEX_RUN_NOT_FOUND");
    expect(unfinished.what).to.include("not a complete checkpoint");
    const other = await rejection(() => resolveRun("photos", project.search), "CODEX_RUN_NOT_FOUND");
    expect(other.what).to.include("neither a run nor a checkpoint");
  });
});
