import type { Tensor } from "@tensorflow/tfjs-core";
import type { BatchShape, ComputeBackend } from "codex-core";
import { ShapePrograms } from "../step/shape-programs.js";
import { type EvaluationParts, evaluateProgram } from "./evaluate-program.js";

/** Programs that measure batches, one for each shape that they may have. */
export function evaluationPrograms(
  backend: ComputeBackend<Tensor>,
  shapes: readonly BatchShape[],
  parts: Omit<EvaluationParts, "shape">,
): ShapePrograms {
  return new ShapePrograms(shapes, (shape) => backend.compile(evaluateProgram({ ...parts, shape })));
}
