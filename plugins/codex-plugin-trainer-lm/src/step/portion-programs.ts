import type { Batch, BatchShape, CompiledProgram, Named, TypedArray } from "codex-core";
import type { Portions } from "./portions.js";
import { ShapePrograms } from "./shape-programs.js";

/** Programs for the portions of microBatches of some shapes; those for larger portions than are taken now are let go. */
export class PortionPrograms {
  private programs: ShapePrograms | undefined;
  private count = 0;

  constructor(
    private readonly portions: Portions,
    private readonly shapes: readonly BatchShape[],
    private readonly compile: (shape: BatchShape) => Promise<CompiledProgram>,
  ) {}

  /** Compiles the program of the first shape, so that all resident state exists. */
  async prepare(): Promise<void> {
    await (await this.current()).prepare();
  }

  /** Runs a portion, with further inputs. */
  async run(portion: Batch, further: Named<TypedArray> = {}): Promise<Named<TypedArray>> {
    return (await this.current()).run(portion, further);
  }

  async dispose(): Promise<void> {
    await this.programs?.dispose();
    this.programs = undefined;
  }

  private async current(): Promise<ShapePrograms> {
    const { count } = this.portions;
    if (this.programs && this.count === count) return this.programs;
    await this.dispose();
    this.count = count;
    this.programs = new ShapePrograms(
      this.shapes.map((shape) => this.portions.shapeOf(shape)),
      this.compile,
    );
    return this.programs;
  }
}
