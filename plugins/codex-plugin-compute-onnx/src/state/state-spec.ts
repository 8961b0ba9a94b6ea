import { computeErrors, type TensorData, type TensorSpec } from "codex-core";
import { elementCount } from "./aligned-memory.js";

/** Refuses values that are not what their specification says. @throws CODEX_COMPUTE_STATE_MISMATCH */
export function checkValues(name: string, { shape, dtype, data }: TensorData): void {
  const type = dtype === "float32" ? Float32Array : Int32Array;
  if (data instanceof type && data.length === elementCount(shape)) return;
  throw computeErrors.CODEX_COMPUTE_STATE_MISMATCH({
    what: `${name} has ${data.length} values in a ${data.constructor.name} for ${dtype} [${shape.join(", ")}].`,
    where: name,
  });
}

/** Refuses another specification than the known one. @throws CODEX_COMPUTE_STATE_MISMATCH */
export function checkSpec(name: string, known: TensorSpec, spec: TensorSpec): void {
  if (known.dtype === spec.dtype && known.shape.join() === spec.shape.join()) return;
  const show = ({ dtype, shape }: TensorSpec) => `${dtype} [${shape.join(", ")}]`;
  throw computeErrors.CODEX_COMPUTE_STATE_MISMATCH({
    what: `${name} is ${show(known)} and cannot be ${show(spec)}.`,
    where: name,
  });
}
