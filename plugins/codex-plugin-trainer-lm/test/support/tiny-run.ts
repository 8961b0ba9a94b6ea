import type {
  Batch,
  BatchReader,
  BatchSource,
  CallbackAnswer,
  Checkpoint,
  CheckpointStore,
  EvaluationReport,
  LoadedCheckpoint,
  Logger,
  LookingHooks,
  Named,
  RunNotice,
  SafetyGate,
  Sample,
  StepReport,
  TensorData,
  Tokenizer,
  TrainingOutcome,
  TrainingRun,
} from "codex-core";
import { constantSchedule } from "codex-nn";
import { GptLoader } from "codex-plugin-model-gpt";
import { createAdamWOptimizer, NextTokenObjective } from "codex-plugin-trainer-lm";
import { LmTrainer } from "#src/train/lm-trainer.js";
import { type TrainerOptions, trainerOptions } from "#src/train/options.js";
import type { TrainerParts } from "#src/train/trainer-parts.js";
import { EagerBackend } from "./eager-backend.js";

export const alphabet = "abcdefg";
export const contextLength = 6;

/** A tokenizer of seven letters. */
export const letters: Tokenizer = {
  vocabSize: alphabet.length,
  fingerprint: "letters",
  special: {},
  encode: (text) => Uint32Array.from([...text].map((letter) => alphabet.indexOf(letter)).filter((id) => id >= 0)),
  decode: (ids) => Array.from(ids, (id) => alphabet[id]).join(""),
  encodeBatch: () => [],
  save: async () => {},
};

/** Batches in which each letter is followed by the next but one or two, by position and row. */
export class LetterBatches implements BatchSource {
  readonly fingerprint: string = "letter batches";
  /** Positions that were read of the training split. */
  readonly reads: number[] = [];

  constructor(private readonly change: (batch: Batch, position: number) => Batch = (batch) => batch) {}

  async open(
    split: "train" | "validation",
    shape: { microBatch: number; contextLength: number },
  ): Promise<BatchReader> {
    const { microBatch, contextLength: tokens } = shape;
    return {
      microBatchesPerEpoch: split === "train" ? 5 : 2,
      tokenCount: microBatch * tokens,
      read: async (position) => {
        if (split === "train") this.reads.push(position);
        const tokenIds = new Int32Array(microBatch * tokens);
        const targetIds = new Int32Array(microBatch * tokens);
        for (let index = 0; index < tokenIds.length; index += 1) {
          const id = (index * 2 + (index % 3) + position + (split === "train" ? 0 : 3)) % alphabet.length;
          tokenIds[index] = id;
          targetIds[index] = (id + 2) % alphabet.length;
        }
        const lossMask = new Float32Array(microBatch * tokens).fill(1);
        const batch = { tokenIds, targetIds, lossMask };
        return split === "train" ? this.change(batch, position) : batch;
      },
    };
  }
}

/** Keeps checkpoints in memory, as a file would: what is loaded shares nothing with what was saved. */
export class MemoryCheckpoints implements Pick<CheckpointStore, "save" | "load" | "list"> {
  readonly saved: LoadedCheckpoint[] = [];

  constructor(readonly every?: number) {}

  async save(checkpoint: Checkpoint) {
    const path = `memory/step-${checkpoint.step}`;
    const { attachments, model, optimizer, ...rest } = checkpoint;
    this.saved.push({ ...structuredClone(rest), model: copied(model), optimizer: copied(optimizer), path });
    return { path, step: checkpoint.step, metrics: checkpoint.metrics, sizeBytes: attachments.length };
  }

  async load(path: string): Promise<LoadedCheckpoint> {
    const found = this.saved.find((checkpoint) => checkpoint.path === path);
    if (!found) throw new Error(`no ${path}`);
    return found;
  }

  async list() {
    return this.saved.map(({ path, step, metrics }) => ({ path, step, metrics, sizeBytes: 0 }));
  }
}

/** Copies that share no memory, though the trainer's own are shared. */
function copied(tensors: Named<TensorData>): Named<TensorData> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, each]) => [name, { ...each, data: each.data.slice() }]),
  );
}

/** Lets every text pass. */
export const openGate: SafetyGate = {
  fingerprint: "",
  inspect: async (texts) => texts,
  stream: () => ({ push: async (text) => text, end: async () => "" }),
};

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export interface TinyRunSettings {
  readonly options?: Partial<TrainerOptions>;
  readonly parts?: Partial<TrainerParts>;
  readonly dropout?: number;
  readonly seed?: number;
  readonly every?: number;
  readonly resumeFrom?: LoadedCheckpoint;
  readonly signal?: AbortSignal;
  readonly isProbe?: boolean;
  readonly answer?: (report: StepReport) => CallbackAnswer;
  readonly hooks?: LookingHooks;
}

export interface TinyRunResult {
  readonly outcome: TrainingOutcome;
  readonly steps: readonly StepReport[];
  readonly evaluations: readonly EvaluationReport[];
  readonly samples: readonly Sample[];
  readonly checkpoints: MemoryCheckpoints;
  readonly notices: readonly RunNotice[];
  readonly backend: EagerBackend;
  /** What happened, in order: `step 1`, `evaluation 2`, `save 2`, `sample 4`. */
  readonly events: readonly string[];
}

/** A GPT of one layer and width 8. */
export const tinyLoader = (dropout = 0) =>
  new GptLoader({ layerCount: 1, headCount: 2, embedDim: 8, contextLength, dropout, bias: true });

/** Parts to train it on letters. */
export async function tinyParts(dropout = 0): Promise<TrainerParts & { compute: EagerBackend }> {
  return {
    data: new LetterBatches(),
    tokenizer: letters,
    model: tinyLoader(dropout),
    objective: new NextTokenObjective(),
    optimizer: createAdamWOptimizer({ learningRate: 0.01, betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1 }),
    schedule: constantSchedule(),
    compute: await EagerBackend.create(),
    checkpoint: new MemoryCheckpoints(),
    safety: openGate,
  };
}

/** Trains it. */
export async function tinyRun(settings: TinyRunSettings = {}): Promise<TinyRunResult> {
  const checkpoints = new MemoryCheckpoints(settings.every);
  const steps: StepReport[] = [];
  const evaluations: EvaluationReport[] = [];
  const samples: Sample[] = [];
  const events: string[] = [];
  const notices: RunNotice[] = [];
  const tiny = await tinyParts(settings.dropout);
  const backend = tiny.compute;
  const parts: TrainerParts = { ...tiny, checkpoint: checkpoints, ...settings.parts };
  const options = trainerOptions.parse({ microBatch: 2, maxSteps: 4, ...settings.options });
  const run: TrainingRun = {
    runId: "tiny",
    seed: settings.seed ?? 7,
    signal: settings.signal ?? new AbortController().signal,
    resumeFrom: settings.resumeFrom,
    isProbe: settings.isProbe,
    attachments: [],
    begin: async () => {},
    partStates: () => ({ other: { version: 3, state: "kept" } }),
    hooks: {
      async stepEnd(report) {
        steps.push(report);
        events.push(`step ${report.step}`);
        return settings.answer?.(report) ?? {};
      },
      async evaluationEnd(report) {
        evaluations.push(report);
        events.push(`evaluation ${report.step}`);
        return {};
      },
      async checkpointSaved(saved) {
        events.push(`save ${saved.step}`);
        return {};
      },
      sample(sample) {
        samples.push(sample);
        events.push(`sample ${sample.step}`);
      },
      notice: (notice) => notices.push(notice),
      ...settings.hooks,
    },
  };
  const outcome = await new LmTrainer(parts, options, silent).train(run);
  return { outcome, steps, evaluations, samples, checkpoints, notices, backend, events };
}
