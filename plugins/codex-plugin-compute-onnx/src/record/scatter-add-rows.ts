import { cast } from "../ir/elementwise-operators.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { gemm } from "../ir/matrix-operators.js";
import { expand, reshape } from "../ir/movement-operators.js";
import { int, type Value } from "../ir/value.js";

/** Up to so many rows a product with a one-hot matrix is faster than scattering. */
const ONE_HOT_ROWS = 512;

/**
 * Sums rows [N, C] by place: `ids` int32 [N] → [count, C].
 *
 * ScatterElements, never ScatterND: ONNX Runtime's ScatterND(add) is a data race that loses rows of equal ids.
 */
export function scatterAddRows(g: GraphBuilder, rows: Value, ids: Value, count: number): Value {
  const [size, width] = rows.shape as [number, number];
  if (count <= ONE_HOT_ROWS && rows.dtype === "float32") {
    const depth = g.constant("int32", [], Int32Array.of(count));
    const offOn = g.constant("float32", [2], Float32Array.of(0, 1));
    const hot = g.apply("OneHot", [ids, depth, offOn], "float32", [size, count], { axis: int(-1) });
    return gemm(g, hot, rows, { transA: true });
  }
  const places = expand(g, cast(g, reshape(g, ids, [size, 1]), "int64"), [size, width]);
  const zeros = g.fill(rows.dtype, [count, width], 0);
  return g.apply("ScatterElements", [zeros, places, rows], rows.dtype, [count, width], {
    axis: int(0),
    reduction: { kind: "string", value: "add" },
  });
}
