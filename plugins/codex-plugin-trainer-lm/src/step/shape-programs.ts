import type { Batch, BatchShape, CompiledProgram, Named, TypedArray } from "codex-core";
import { disposeAll } from "./dispose-all.js";

/**
 * One program for each shape that a reader's batches may have, compiled when a batch of the shape first comes: never
 * more programs than shapes. A batch's shape is told by the length of its `tokenIds`.
 */
export class ShapePrograms {
  private readonly programs = new Map<BatchShape, Promise<CompiledProgram>>();

  /** @param shapes At least one, no two of one size. */
  constructor(
    private readonly shapes: readonly BatchShape[],
    private readonly compile: (shape: BatchShape) => Promise<CompiledProgram>,
  ) {}

  /** Compiles the program of the first shape, so that all resident state exists. */
  async prepare(): Promise<void> {
    await this.programFor(this.shapes[0]);
  }

  /** Runs a batch, with further inputs, by the program of its shape. */
  async run(batch: Batch, further: Named<TypedArray> = {}): Promise<Named<TypedArray>> {
    const program = await this.programFor(this.shapeOf(batch));
    return program.run({ ...batch, ...further });
  }

  async dispose(): Promise<void> {
    const settled = await Promise.allSettled(this.programs.values());
    this.programs.clear();
    await disposeAll(settled.map((result) => (result.status === "fulfilled" ? result.value : undefined)));
  }

  /** A batch that fits no shape goes to the first one's program, which says what does not fit. */
  private shapeOf({ tokenIds }: Batch): BatchShape | undefined {
    const fitting = this.shapes.find(
      ({ microBatch, contextLength }) => microBatch * contextLength === tokenIds?.length,
    );
    return fitting ?? this.shapes[0];
  }

  private programFor(shape: BatchShape | undefined): Promise<CompiledProgram> {
    if (!shape) throw new TypeError("There has to be a shape to compile programs for.");
    let program = this.programs.get(shape);
    if (!program) {
      program = this.compile(shape);
      program.catch(() => this.programs.delete(shape));
      this.programs.set(shape, program);
    }
    return program;
  }
}
