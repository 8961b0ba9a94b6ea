import type { Tensor } from "@tensorflow/tfjs-core";
import { expect } from "chai";
import {
  type BatchReader,
  type BatchShape,
  type BatchSource,
  type CompiledProgram,
  computeErrors,
  type LoadedCheckpoint,
  type Program,
} from "codex-core";
import { NextTokenObjective } from "codex-plugin-trainer-lm";
import { EagerBackend } from "../support/eager-backend.js";
import { alphabet, type TinyRunResult, type TinyRunSettings, tinyParts, tinyRun } from "../support/tiny-run.js";

const rowsPerEpoch = { train: 20, validation: 8 };

/** Rows in order, so that the same sequences come in the same order whatever the microBatch. */
class LetterRows implements BatchSource {
  readonly fingerprint = "letter rows";

  async open(split: "train" | "validation", { microBatch, contextLength }: BatchShape): Promise<BatchReader> {
    return {
      microBatchesPerEpoch: rowsPerEpoch[split] / microBatch,
      tokenCount: rowsPerEpoch[split] * contextLength,
      read: async (position) => {
        const size = microBatch * contextLength;
        const tokenIds = new Int32Array(size);
        const lossMask = new Float32Array(size);
        for (let index = 0; index < size; index += 1) {
          const row = (position * microBatch + Math.floor(index / contextLength)) % rowsPerEpoch[split];
          const place = index % contextLength;
          tokenIds[index] = (row * 3 + (row % 5) * place) % alphabet.length;
          lossMask[index] = place === row % 7 ? 0 : 1;
        }
        return { tokenIds, targetIds: tokenIds.map((id) => (id * 2 + 1) % alphabet.length), lossMask };
      },
    };
  }
}

interface Shortage {
  /** Most rows of a batch that there is memory for. */
  readonly rows: number;
  /** When it shows: while a program is compiled, or while it runs. */
  readonly at: "compile" | "run";
  /** Gradients that are computed before memory is short. Default: 0. */
  readonly after?: number;
  /** The programs that it is short for. Default: all that read tokens. */
  readonly programs?: RegExp;
}

/** Passes everything on to another backend, until memory is short. */
class ShortBackend {
  /** Rows of the programs that failed. */
  readonly refused: number[] = [];

  constructor(
    readonly backend: EagerBackend,
    readonly shortage: Shortage,
  ) {
    const { compile } = backend;
    backend.compile = async (program) => {
      if (shortage.at === "compile") this.check(program);
      const compiled: CompiledProgram = await compile.call(backend, program);
      const run: CompiledProgram["run"] = async (inputs, signal) => {
        if (shortage.at === "run") this.check(program);
        return compiled.run(inputs, signal);
      };
      return { ...compiled, run };
    };
  }

  private check({ name, inputs }: Program<Tensor>): void {
    const { rows, after = 0, programs = /./ } = this.shortage;
    const size = inputs.tokenIds?.shape[0] ?? Number.POSITIVE_INFINITY;
    const ran = this.backend.ran.filter((each) => each.startsWith("gradients")).length;
    if (!programs.test(name) || size <= rows || ran < after || (!inputs.tokenIds && programs.source === ".")) return;
    this.refused.push(size);
    throw computeErrors.CODEX_COMPUTE_MEMORY({ what: `${name} needs more than there is.` });
  }
}

const common = { maxSteps: 6, evalEvery: 2, evalBatches: 1 } as const;

async function run(shortage: Shortage | undefined, { options, ...settings }: TinyRunSettings) {
  const { compute } = await tinyParts();
  const short = shortage && new ShortBackend(compute, shortage);
  const parts = { data: new LetterRows(), compute, ...settings.parts };
  const result = await tinyRun({ every: 3, ...settings, options: { ...common, ...options }, parts });
  return { ...result, refused: short?.refused ?? [] };
}

const failureOf = async (work: Promise<unknown>) => work.then(() => undefined).catch((error) => error);
const last = (result: TinyRunResult) => result.checkpoints.saved.at(-1) as LoadedCheckpoint;

/** What two runs of the same bits have in common: all but what a clock measured and what portions are called. */
function numbersOf(result: TinyRunResult) {
  const steps = result.steps.map(({ step, epoch, metrics }) => [
    step,
    epoch,
    metrics["train/loss"],
    metrics["train/gradNorm"],
  ]);
  const { model, optimizer } = last(result);
  return { steps, evaluations: result.evaluations, model, optimizer };
}

const losses = (result: TinyRunResult) => [
  ...result.steps.map(({ metrics }) => metrics["train/loss"]!),
  ...result.evaluations.map(({ metrics }) => metrics["eval/loss"]!),
];

function expectClose(found: TinyRunResult, expected: TinyRunResult): void {
  for (const [index, loss] of losses(expected).entries()) expect(losses(found)[index]).to.be.closeTo(loss, 1e-5 * loss);
  expect(losses(found)).to.have.length(losses(expected).length);
}

describe("a run whose memory is short", () => {
  const halving = { microBatch: 4, halveMicroBatch: true };

  for (const at of ["compile", "run"] as const) {
    it(`found at the first ${at}, goes on with the bits of half the microBatch, accumulated twice`, async () => {
      const halved = await run({ rows: 2, at }, { dropout: 0.3, options: { ...halving, gradAccumSteps: 2 } });
      const asked = { microBatch: 2, gradAccumSteps: 4, evalBatches: 2 };
      expect(numbersOf(halved)).to.deep.equal(numbersOf(await run(undefined, { dropout: 0.3, options: asked })));
      expect(halved.refused).to.deep.equal([4]);
    });
  }

  it("tells it, with the new sizes and the reason", async () => {
    const { notices } = await run({ rows: 1, at: "run" }, { options: { ...halving, gradAccumSteps: 3 } });
    expect(notices.map(({ event, facts }) => [event, facts.microBatch, facts.gradAccumSteps])).to.deep.equal([
      ["microBatchHalved", 2, 6],
      ["microBatchHalved", 1, 12],
    ]);
    expect(notices[0]?.facts.reason).to.equal("gradients-fresh needs more than there is.");
    expect(notices[1]?.text).to.include("a microBatch of 1 and 12 gradAccumSteps");
  });

  it("gives what the whole microBatch gives, but for the rounding of sums, from any step", async () => {
    const whole = await run(undefined, { options: { microBatch: 4 } });
    for (const after of [0, 3]) expectClose(await run({ rows: 2, at: "run", after }, { options: halving }), whole);
    const inEvaluation = await run({ rows: 1, at: "run", programs: /evaluate/ }, { options: halving });
    expect(inEvaluation.refused).to.deep.equal([4, 2]);
    expectClose(inEvaluation, whole);
  });

  it("divides by the next number where half is no whole number", async () => {
    const { notices, steps } = await run({ rows: 4, at: "run" }, { options: { ...halving, microBatch: 5 } });
    expect(notices.map(({ facts }) => facts.microBatch)).to.deep.equal([1]);
    expect(steps).to.have.length(6);
  });

  it("is resumed with the portions that it had, to the same bits, and does not try larger ones", async () => {
    const shortage = { rows: 2, at: "run", after: 2 } as const;
    const settings = { dropout: 0.3, options: halving };
    const whole = await run(shortage, settings);
    const stopped = await run(shortage, { ...settings, answer: ({ step }) => (step === 3 ? { stop: "test" } : {}) });
    const resumed = await run({ rows: 2, at: "run" }, { ...settings, resumeFrom: last(stopped) });
    expect(resumed.refused).to.deep.equal([]);
    expect(numbersOf(resumed).model).to.deep.equal(numbersOf(whole).model);
    expect(numbersOf(resumed).optimizer).to.deep.equal(numbersOf(whole).optimizer);
    expect(last(resumed).parts).to.deep.equal(last(whole).parts);
    expect(last(resumed).parts.trainer?.state).to.include({ portions: 2 });
  });

  it("fails when it is not asked to go on, when one sequence is too many, and when rows are no batches", async () => {
    const code = "CODEX_COMPUTE_MEMORY";
    expect(await failureOf(run({ rows: 2, at: "run" }, { options: { microBatch: 4 } }))).to.include({ code });
    expect(await failureOf(run({ rows: 0, at: "compile" }, { options: halving }))).to.include({ code });
    class Pairs extends NextTokenObjective {
      override inputs(shape: BatchShape) {
        return super.inputs({ ...shape, microBatch: shape.microBatch * 2 });
      }
    }
    const pairs = { options: halving, parts: { objective: new Pairs() } as object };
    expect(await failureOf(run({ rows: 4, at: "compile" }, pairs))).to.include({ code });
  });

  it("is not retried when parameters may have changed", async () => {
    const shortage = { rows: 0, at: "run", programs: /update/ } as const;
    expect(await failureOf(run(shortage, { options: halving }))).to.include({ code: "CODEX_COMPUTE_MEMORY" });
  });
});
