import type { Tensor } from "@tensorflow/tfjs-core";
import type { BatchReader, ComputeBackend } from "codex-core";
import type { GradientsParts } from "../step/gradients-program.js";
import { ShapePrograms } from "../step/shape-programs.js";
import { evaluateProgram } from "./evaluate-program.js";

/** Programs that measure a reader's batches, one for each shape that they may have; `shape` where it does not say. */
export function evaluationPrograms(
  backend: ComputeBackend<Tensor>,
  reader: BatchReader,
  { model, objective, shape }: GradientsParts,
): ShapePrograms {
  return new ShapePrograms(reader.shapes ?? [shape], (each) =>
    backend.compile(evaluateProgram({ model, objective, shape: each })),
  );
}
