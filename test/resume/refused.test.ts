import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { rejection } from "codex-core/testing";
import type { ScratchProject } from "../support/scratch-project.js";
import { changeBook, createTinyProject, readListing, readRows, trainTiny } from "../support/tiny-run.js";

describe("a resume from what has changed", function () {
  this.timeout(60_000);
  let project: ScratchProject;
  let run: string;

  before(async () => {
    project = createTinyProject();
    run = (await trainTiny(project, "run", {}, ["trainer.maxSteps=2"])).folder;
    cpSync(run, join(project.folder, "as it ended"), { recursive: true });
    cpSync(join(project.folder, "book.txt"), join(project.folder, "the book"));
  });

  // Each test finds the run as it ended, of the same book.
  beforeEach(() => {
    rmSync(run, { recursive: true });
    cpSync(join(project.folder, "as it ended"), run, { recursive: true });
    cpSync(join(project.folder, "the book"), join(project.folder, "book.txt"));
  });

  after(() => project.dispose());

  /** Resumes in the run's folder; a refusal leaves every byte of it. */
  async function refused(code: string, overrides: readonly string[], folder = "run"): Promise<string> {
    const before = readListing(run);
    const error = await rejection(() => trainTiny(project, folder, { resumeFrom: run }, overrides), code);
    expect(readListing(run)).to.deep.equal(before);
    return error.message;
  }

  it("is refused with other data, and leaves both folders as they were", async () => {
    changeBook(project);
    expect(await refused("CODEX_RUN_RESUME_CHANGED", [])).to.include("The data changed");
    await refused("CODEX_RUN_RESUME_CHANGED", [], "other");
    expect(readListing(project.folder)).to.not.have.property("other");
  });

  it("goes on with other data where that is allowed, and says that it is not exact", async () => {
    changeBook(project);
    const warnings: string[] = [];
    const { outcome } = await trainTiny(
      project,
      "run",
      { resumeFrom: "latest", allowChanged: ["data"], observer: { warning: (text) => warnings.push(text) } },
      ["trainer.maxSteps=4"],
    );
    expect(outcome.step).to.equal(4);
    expect(warnings.join("\n")).to.include("This resume is not exact").and.to.include("data");
    expect(readRows(join(run, "events.ndjson")).map(({ event }) => event)).to.include("resumeNotExact");
  });

  it("is refused with other data that is allowed, where it has to be exact", async () => {
    changeBook(project);
    const before = readListing(run);
    const settings = { resumeFrom: "latest", allowChanged: ["data"] } as const;
    await rejection(() => trainTiny(project, "run", settings, ["run.requireExact=true"]), "CODEX_RUN_RESUME_INEXACT");
    expect(readListing(run)).to.deep.equal(before);
  });

  it("is refused with another tokenizer", async () => {
    const message = await refused("CODEX_RUN_RESUME_CHANGED", ["tokenizer={type: tiktoken, encoding: gpt2}"]);
    expect(message).to.include("The tokenizer changed");
    changeBook(project);
    const settings = { resumeFrom: run, allowChanged: ["data"] } as const;
    const tokenizer = ["tokenizer={type: tiktoken, encoding: gpt2}"];
    await rejection(() => trainTiny(project, "run", settings, tokenizer), "CODEX_RUN_RESUME_CHANGED");
  });

  it("is refused with another seed, batch or model", async () => {
    await refused("CODEX_RUN_RESUME_CHANGED", ["run.seed=5"]);
    await refused("CODEX_TRAIN_RESUME_MISMATCH", ["trainer.microBatch=4"]);
    await refused("CODEX_TRAIN_MODEL_MISMATCH", ["model.embedDim=32"]);
  });

  it("warns of an option that changes numbers, and is refused where it has to be exact", async () => {
    const changed = ["trainer.maxSteps=4", "optimizer.weightDecay=0.05"];
    const message = await refused("CODEX_RUN_RESUME_INEXACT", [...changed, "run.requireExact=true"]);
    expect(message).to.include("optimizer.weightDecay");
    const warnings: string[] = [];
    const observer = { warning: (text: string) => warnings.push(text) };
    await trainTiny(project, "run", { resumeFrom: "latest", observer }, changed);
    expect(warnings.join("\n")).to.include("optimizer.weightDecay");
  });
});
