import { appendFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { renderRun, renderRuns } from "#src/cli/runs/run-views.js";
import { listRuns, readRunSummary } from "#src/run/run-summary.js";
import { FakeProject } from "../cli/run-folders.js";

describe("the time that a run ran", () => {
  let project: FakeProject;

  beforeEach(() => {
    project = new FakeProject();
  });

  afterEach(() => project.dispose());

  const at = (time: string) => `2026-01-01T${time}:00.000Z`;
  const ranMinutes = (folder: string) => {
    const { ranMs } = readRunSummary(folder)!;
    return ranMs === undefined ? undefined : ranMs / 60_000;
  };
  const writeRows = (folder: string, file: string, rows: readonly object[]) => {
    for (const row of rows) appendFileSync(join(folder, file), `${JSON.stringify(row)}\n`);
  };
  const event = (time: string, name: string) => ({ timeMs: Date.parse(at(time)), event: name });
  const metric = (time: string) => ({ seq: 1, step: 1, timeMs: Date.parse(at(time)), "train/loss": 1 });

  it("leaves out the time between an interruption and a resume", () => {
    const times = { startedAt: at("01:00"), resumedAt: at("09:00"), endedAt: at("09:30"), earlierRanMs: 600_000 };
    const folder = project.addRun("a", times);
    expect(ranMinutes(folder)).to.equal(40);
    expect(renderRuns({ runs: listRuns(project.runsFolder), leftOut: 0 }, project.runsFolder)).to.include("40m 00s");
    expect(renderRun(readRunSummary(folder)!, (path) => path)).to.match(/^took +40m 00s$/m);
  });

  it("takes the starts and ends of older runs from their events", () => {
    const times = { startedAt: at("01:00"), resumedAt: at("09:00"), endedAt: at("09:30") };
    const folder = project.addRun("a", times);
    expect(ranMinutes(folder), "nothing tells").to.equal(undefined);
    writeRows(folder, "events.ndjson", [
      event("00:10", "runStart"), // of a run that this one was begun over
      event("00:50", "runEnd"),
      event("01:00", "runStart"),
      event("01:05", "checkpoint"),
      event("01:20", "runEnd"),
      event("02:00", "runStart"),
      event("02:10", "runEnd"),
      event("02:20", "measured"),
      event("09:00", "runStart"),
      event("09:30", "runEnd"),
    ]);
    expect(ranMinutes(folder)).to.equal(20 + 10 + 30);
  });

  it("counts a part that was killed up to its last record", () => {
    const folder = project.addRun("a", { startedAt: at("01:00"), resumedAt: at("09:00"), endedAt: at("09:30") });
    writeRows(folder, "events.ndjson", [event("01:00", "runStart"), event("01:05", "checkpoint")]);
    writeRows(folder, "metrics.superseded.ndjson", [metric("01:07")]);
    writeRows(folder, "metrics.ndjson", [metric("01:04"), metric("09:10")]);
    expect(ranMinutes(folder)).to.equal(7 + 30);
  });

  it("is, of a run that crashed, the time up to its last record", () => {
    const facts = { status: "running", host: hostname(), pid: 2 ** 30, startedAt: at("01:00") };
    const folder = project.addRun("a", facts);
    expect(ranMinutes(folder), "nothing tells").to.equal(undefined);
    const measuredLater = { ...metric("05:00"), source: "evaluation" };
    writeRows(folder, "metrics.ndjson", [metric("01:04"), measuredLater]);
    expect(readRunSummary(folder)).to.include({ status: "crashed", ranMs: 4 * 60_000 });
  });
});
