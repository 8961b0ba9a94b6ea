import {
  type Batch,
  type BatchReader,
  type BatchShape,
  type CodexError,
  isCodexError,
  type Named,
  type Objective,
} from "codex-core";

/** What portions are taken of. */
export interface PortionsSettings {
  /** Every shape that a microBatch may have, in training and in evaluations. */
  readonly shapes: readonly BatchShape[];
  readonly objective: Pick<Objective<unknown>, "inputs">;
  /** Portions to begin with. Default: 1. */
  readonly count?: number;
  /** Told when memory was short and there are more portions from now on. Left out: it is a failure. */
  readonly onShort?: (count: number, reason: CodexError) => void;
}

/**
 * How many portions each microBatch is computed in, one after another, each with as many of its rows: the same sequences
 * in the same order, in less memory.
 */
export class Portions {
  #count: number;

  constructor(private readonly settings: PortionsSettings) {
    this.#count = settings.count ?? 1;
  }

  get count(): number {
    return this.#count;
  }

  /** The shape of a portion of microBatches of a shape. */
  shapeOf(shape: BatchShape): BatchShape {
    return { ...shape, microBatch: shape.microBatch / this.#count };
  }

  /** A microBatch's portions. One of no known shape stays whole: its program says what does not fit. */
  of(batch: Batch): readonly Batch[] {
    const count = this.#count;
    const { shapes, objective } = this.settings;
    const size = batch.tokenIds?.length;
    const shape = shapes.find(({ microBatch, contextLength }) => microBatch * contextLength === size);
    if (count === 1 || !shape) return [batch];
    const inputs = Object.keys(objective.inputs(shape));
    return Array.from({ length: count }, (_, portion) => {
      const rows = (values: Batch[string]) => {
        const length = values.length / count;
        return values.subarray(portion * length, (portion + 1) * length);
      };
      return Object.fromEntries(inputs.map((name) => [name, rows(batch[name]!)]));
    });
  }

  /** Reads a reader's microBatches portion by portion. Holds for the portions that there are now. */
  reader(reader: BatchReader): BatchReader {
    const count = this.#count;
    if (count === 1) return reader;
    let last: { readonly position: number; readonly batch: Promise<Batch> } | undefined;
    const whole = (position: number): Promise<Batch> => {
      if (last?.position !== position) last = { position, batch: reader.read(position) };
      return last.batch;
    };
    return {
      microBatchesPerEpoch: reader.microBatchesPerEpoch * count,
      tokenCount: reader.tokenCount,
      read: async (position) => this.of(await whole(Math.floor(position / count)))[position % count]!,
    };
  }

  /**
   * Does work that takes microBatches in portions, and does it again in more of them where memory is short, as long as
   * microBatches can be divided further. The work has to be such that doing it again changes nothing.
   */
  async fit<Result>(work: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const { onShort } = this.settings;
        const next = onShort && isShortOfMemory(error) ? this.#next() : undefined;
        if (next === undefined) throw error;
        this.#count = next;
        onShort!(next, error as CodexError);
      }
    }
  }

  /** Twice as many portions, or else the next number that divides all microBatches; undefined where there is none. */
  #next(): number | undefined {
    const { shapes, objective } = this.settings;
    if (!shapes.every((shape) => areRows(objective.inputs(shape), shape.microBatch))) return undefined;
    const most = Math.min(...shapes.map(({ microBatch }) => microBatch));
    for (let count = 2 * this.#count; count <= most; count += 1) {
      if (shapes.every(({ microBatch }) => microBatch % count === 0)) return count;
    }
    return undefined;
  }
}

/** Whether every input has a row for each sequence, so that some of the rows are a batch too. */
function areRows(inputs: Named<{ readonly shape: readonly number[] }>, microBatch: number): boolean {
  return Object.values(inputs).every(({ shape }) => shape[0] === microBatch);
}

function isShortOfMemory(error: unknown): boolean {
  return isCodexError(error) && error.code === "CODEX_COMPUTE_MEMORY";
}
