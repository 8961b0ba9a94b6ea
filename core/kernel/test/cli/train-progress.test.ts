import { expect } from "chai";
import { CodexError } from "codex-core";
import { createTrainProgress } from "#src/cli/train/train-progress.js";
import { fakeDevice } from "./fake-device.js";
import { createFakeStream, type FakeStream } from "./fake-terminal.js";

function createProgress(stream: FakeStream) {
  const clock = { ms: 0 };
  const warnings = createFakeStream();
  const progress = createTrainProgress({
    stream,
    warnings,
    showPath: (path) => path.replace("/home/me/", ""),
    plainIntervalMs: 10_000,
    now: () => clock.ms,
  });
  const step = (number: number, metrics: Record<string, number> = {}): void =>
    progress.stepEnd?.({ step: number, maxSteps: 100, epoch: 0, metrics: { "train/loss": 3, ...metrics } });
  return { clock, progress, step, warnings };
}

const start = { runId: "r1", name: "trial", folder: "/home/me/runs/r1" };
const plan = {
  parameterCount: 816_128,
  parameterBytes: 3_264_512,
  activationBytesPerToken: 1,
  forwardFlopsPerToken: 1,
  contextLength: 64,
};

describe("createTrainProgress", () => {
  it("says first where the run is kept, what is trained and on what", () => {
    const stream = createFakeStream();
    createProgress(stream).progress.runStart?.({
      ...start,
      plan,
      device: fakeDevice,
      resumedFrom: "/home/me/c/step-7",
      resumedAtStep: 7,
    });
    expect(stream.text).to.equal(
      [
        "run      runs/r1",
        "model    816,128 parameters (3.1 MiB), context of 64 tokens",
        "device   A processor, 2 threads, avx2, a runtime 1.0",
        "resumed  c/step-7 (step 7)",
        "",
        "",
      ].join("\n"),
    );
  });

  it("prints a plain line every so many seconds, and for the first and last step", () => {
    const stream = createFakeStream();
    const { clock, step } = createProgress(stream);
    for (let number = 1; number <= 100; number++) {
      clock.ms = number * 300;
      step(number);
    }
    const shown = stream.text.split("\n").map((line) => /step +(\d+)/.exec(line)?.[1]);
    expect(shown).to.deep.equal(["1", "35", "69", "100", undefined]);
    expect(stream.text).to.not.include("\u001b").and.not.include("\r");
  });

  it("redraws one line on a terminal, and leaves a line for an evaluation", () => {
    const stream = createFakeStream({ isTerminal: true, columns: 40 });
    const { clock, progress, step } = createProgress(stream);
    step(1);
    clock.ms = 50;
    step(2);
    clock.ms = 200;
    step(3);
    progress.evaluationEnd?.({ step: 3, metrics: { "eval/loss": 2 } });
    expect(stream.text.split("\n")).to.have.length(2);
    expect(stream.text.split("\u001b[2K").map((text) => text.trim())).to.deep.equal([
      "step   1/100  loss 3.0000",
      "step   3/100  loss 3.0000  10s left",
      "step   3  eval loss 2.0000  perplexity 7.389",
    ]);
  });

  it("ends on a line that gives no older evaluation for its own", () => {
    const stream = createFakeStream();
    const { progress, step } = createProgress(stream);
    progress.evaluationEnd?.({ step: 50, metrics: { "eval/loss": 2 } });
    step(100);
    progress.evaluationEnd?.({ step: 100, metrics: { "eval/loss": 1 } });
    expect(stream.text).to.include("step 100/100  loss 3.0000  eval loss 2.0000 at step 50\n");
  });

  it("reckons the time left without the first step, which compiles", () => {
    const stream = createFakeStream();
    const { clock, step } = createProgress(stream);
    clock.ms = 30_000;
    step(1);
    clock.ms = 41_000;
    step(51);
    expect(stream.text).to.include("step  51/100  loss 3.0000  11s left");
  });

  it("says what it goes on without, and what to do", () => {
    const stream = createFakeStream({ isTerminal: true });
    const { progress, step, warnings } = createProgress(stream);
    step(1);
    const error = new CodexError("CODEX_X_Y", 1, { what: "No answer.", fix: "Start the server." });
    progress.partSkipped?.({ part: "tracker.remote", phase: "create", error });
    expect(stream.text.endsWith("\r\u001b[2K")).to.equal(true);
    expect(warnings.text).to.equal(
      "Going on without tracker.remote, which failed to start. CODEX_X_Y: No answer.\n  Fix: Start the server.\n",
    );
  });

  it("keeps the last sample", () => {
    const { progress } = createProgress(createFakeStream());
    progress.sample?.({ step: 1, prompt: "a", text: "b" });
    progress.sample?.({ step: 2, prompt: "a", text: "c" });
    expect(progress.lastSample?.text).to.equal("c");
  });
});
