import type { DataType } from "@tensorflow/tfjs-core";
import { binary, cast, scalarLike, select } from "../../ir/elementwise-operators.js";
import { gather, reshape } from "../../ir/movement-operators.js";
import { sizeOf } from "../../ir/value.js";
import { elementType, type KernelFamily, refuseForm } from "../recorded-kernel.js";
import { scatterAddRows } from "../scatter-add-rows.js";

/** Elements by place, and back. */
export const indexingKernels: KernelFamily = {
  GatherV2: ({ g, input, attrs }) => {
    const x = input("x");
    const indices = cast(g, input("indices"), "int32");
    const batchDims = attrs.get<number | undefined>("batchDims") ?? 0;
    const axis = attrs.get<number>("axis");
    const place = axis < 0 ? axis + x.shape.length : axis;
    if (batchDims === 0) return gather(g, x, indices, place);
    if (batchDims !== place) refuseForm("GatherV2", `batchDims ${batchDims} and axis ${axis}`);
    const places = cast(g, reshape(g, indices, [...indices.shape, 1]), "int64");
    const shape = [...indices.shape, ...x.shape.slice(place + 1)];
    return g.apply("GatherND", [x, places], x.dtype, shape, { batch_dims: { kind: "int", value: batchDims } });
  },
  GatherNd: ({ g, input }) => {
    const [params, indices] = [input("params"), input("indices")];
    const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(indices.shape.at(-1)!)];
    return g.apply("GatherND", [params, cast(g, indices, "int64")], params.dtype, shape);
  },
  ScatterNd: ({ g, input, attrs }) => {
    const [indices, updates] = [input("indices"), input("updates")];
    const shape = attrs.get<number[]>("shape");
    const depth = indices.shape.at(-1)!;
    const rowSize = sizeOf(shape.slice(depth));
    const strides = Array.from({ length: depth }, (_, axis) => sizeOf(shape.slice(axis + 1, depth)));
    const count = sizeOf(indices.shape.slice(0, -1));
    const weighted = binary(
      g,
      "Mul",
      reshape(g, indices, [count, depth]),
      g.constant("int32", [depth], Int32Array.from(strides)),
    );
    const places = g.apply("ReduceSum", [weighted, g.int64s([1])], "int32", [count], {
      keepdims: { kind: "int", value: 0 },
    });
    const rows = reshape(g, updates, [count, rowSize]);
    return reshape(g, scatterAddRows(g, rows, places, sizeOf(shape.slice(0, depth))), shape);
  },
  TensorScatterUpdate: ({ g, input }) => {
    const [tensor, indices, updates] = [input("tensor"), input("indices"), input("updates")];
    return g.apply("ScatterND", [tensor, cast(g, indices, "int64"), updates], tensor.dtype, tensor.shape);
  },
  UnsortedSegmentSum: ({ g, input, attrs }) => {
    const [x, ids] = [input("x"), input("segmentIds")];
    const count = sizeOf(ids.shape);
    const segments = attrs.get<number>("numSegments");
    const rest = x.shape.slice(ids.shape.length);
    const rows = reshape(g, x, [count, sizeOf(rest)]);
    return reshape(g, scatterAddRows(g, rows, reshape(g, ids, [count]), segments), [segments, ...rest]);
  },
  /** A comparison, so that an id outside of the depth gives no hot element, as tfjs-core has it. */
  OneHot: ({ g, input, attrs }) => {
    const indices = input("indices");
    const depth = attrs.get<number>("depth");
    const dtype = elementType(attrs.get<DataType>("dtype"));
    const places = g.constant(
      "int32",
      [depth],
      Int32Array.from({ length: depth }, (_, index) => index),
    );
    const hot = binary(g, "Equal", reshape(g, indices, [...indices.shape, 1]), places, "bool");
    const [on, off] = [attrs.get<number>("onValue"), attrs.get<number>("offValue")];
    if (dtype === "bool" || (on === 1 && off === 0)) return cast(g, hot, dtype);
    return select(g, hot, scalarLike(g, { dtype }, on), scalarLike(g, { dtype }, off));
  },
};
