import { backend_util, type DataType, slice_util, type Tensor, util } from "@tensorflow/tfjs-core";
import { cast, scalarLike, unary, withNumber } from "../../ir/elementwise-operators.js";
import { concat, expand, reshape, slice, split, transpose } from "../../ir/movement-operators.js";
import { sizeOf, type Value } from "../../ir/value.js";
import { elementType, type KernelCall, type KernelFamily } from "../recorded-kernel.js";

/** Reshape, Pack and their like know extents of -1 and axes from the back. */
const axisOf = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

function pad({ g, input, attrs }: KernelCall, mode: string, fill?: number): Value {
  const x = input("x");
  const paddings = attrs.get<[number, number][]>("paddings");
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
  const amounts = g.int64s([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  const shape = x.shape.map((extent, axis) => extent + paddings[axis]![0] + paddings[axis]![1]);
  const value = fill === undefined ? undefined : scalarLike(g, x, fill);
  return g.apply("Pad", value ? [x, amounts, value] : [x, amounts], x.dtype, shape, {
    mode: { kind: "string", value: mode },
  });
}

/** Reversed axes: a slice with steps of −1. */
function reverse({ g, input, attrs }: KernelCall): Value {
  const x = input("x");
  const axes = util.parseAxisParam(attrs.get<number[]>("dims"), [...x.shape]);
  const flipped = (axis: number) => axes.includes(axis);
  return slice(
    g,
    x,
    x.shape.map((extent, axis) => (flipped(axis) ? extent - 1 : 0)),
    x.shape.map((extent, axis) => (flipped(axis) ? -1 : extent)),
    x.shape.map((_, axis) => (flipped(axis) ? -1 : 1)),
  );
}

function stridedSlice({ g, input, attrs }: KernelCall): Value {
  const x = input("x");
  const list = (name: string) => attrs.get<number[]>(name);
  const mask = (name: string) => attrs.get<number>(name);
  const info = slice_util.sliceInfo(
    [...x.shape],
    list("begin"),
    list("end"),
    list("strides"),
    mask("beginMask"),
    mask("endMask"),
    mask("ellipsisMask"),
    mask("newAxisMask"),
    mask("shrinkAxisMask"),
  );
  return reshape(g, slice(g, x, info.begin, info.end, info.strides), info.finalShape);
}

/** Shapes, order and type of elements. */
export const movementKernels: KernelFamily = {
  Identity: ({ input }) => input("x"),
  Reshape: ({ g, input, attrs }) => {
    const x = input("x");
    return reshape(g, x, util.inferFromImplicitShape([...attrs.get<number[]>("shape")], sizeOf(x.shape)));
  },
  ExpandDims: ({ g, input, attrs }) => {
    const x = input("input");
    const place = axisOf(attrs.get<number>("dim"), x.shape.length + 1);
    return reshape(g, x, x.shape.toSpliced(place, 0, 1));
  },
  Cast: ({ g, input, attrs }) => {
    const x = input("x");
    const dtype = elementType(attrs.get<DataType>("dtype"));
    if (dtype === "bool" && x.dtype !== "bool") return unary(g, "Not", withNumber(g, "Equal", x, 0, "bool"));
    return cast(g, x, dtype);
  },
  Transpose: ({ g, input, attrs }) => transpose(g, input("x"), attrs.get<number[]>("perm")),
  BroadcastTo: ({ g, input, attrs }) => expand(g, input("x"), attrs.get<number[]>("shape")),
  Tile: ({ g, input, attrs }) => {
    const x = input("x");
    const reps = attrs.get<number[]>("reps");
    const shape = x.shape.map((extent, axis) => extent * reps[axis]!);
    if (reps.every((times, axis) => times === 1 || x.shape[axis] === 1)) return expand(g, x, shape);
    return g.apply("Tile", [x, g.int64s(reps)], x.dtype, shape);
  },
  Concat: ({ g, inputs, attrs }) => {
    const axis = axisOf(attrs.get<number>("axis"), inputs[0]!.shape.length);
    const filled = inputs.filter((part) => sizeOf(part.shape) > 0);
    return concat(g, filled.length > 0 ? filled : inputs.slice(0, 1), axis);
  },
  Pack: ({ g, inputs, attrs }) => {
    const shape = inputs[0]!.shape;
    const axis = axisOf(attrs.get<number>("axis"), shape.length + 1);
    const parts = inputs.map((part) => reshape(g, part, shape.toSpliced(axis, 0, 1)));
    return concat(g, parts, axis);
  },
  Unpack: ({ g, input, attrs }) => {
    const x = input("value");
    const axis = axisOf(attrs.get<number>("axis"), x.shape.length);
    const parts = split(g, x, Array<number>(x.shape[axis]!).fill(1), axis);
    return parts.map((part) => reshape(g, part, x.shape.toSpliced(axis, 1)));
  },
  SplitV: ({ g, input, attrs }) => {
    const x = input("x");
    const axis = axisOf(attrs.get<number>("axis"), x.shape.length);
    const sizes = attrs.get<number[] | number>("numOrSizeSplits");
    const shaped = { shape: [...x.shape] } as Tensor;
    return split(g, x, backend_util.prepareSplitSize(shaped, sizes, axis), axis);
  },
  Slice: ({ g, input, attrs }) => {
    const x = input("x");
    const shaped = { shape: [...x.shape] } as Tensor;
    const { begin, size } = { begin: attrs.get<number[]>("begin"), size: attrs.get<number[]>("size") };
    const [first, extents] = slice_util.parseSliceParams(shaped, begin, size) as [number[], number[]];
    const end = first.map((start, axis) => start + extents[axis]!);
    return slice(g, x, first, end);
  },
  StridedSlice: stridedSlice,
  Reverse: reverse,
  PadV2: (call) => pad(call, "constant", call.attrs.get<number>("constantValue")),
  MirrorPad: (call) => {
    const mode = call.attrs.get<"reflect" | "symmetric">("mode");
    return mode === "reflect" ? pad(call, "reflect") : symmetricPad(call);
  },
};

/** Padding that repeats the border too: the parts are reversed and joined, axis by axis. */
function symmetricPad({ g, input, attrs }: KernelCall): Value {
  const paddings = attrs.get<[number, number][]>("paddings");
  return paddings.reduce((x, [before, after], axis) => {
    const extent = x.shape[axis]!;
    const flip = (from: number, count: number) =>
      slice(
        g,
        x,
        x.shape.map((_, index) => (index === axis ? from : 0)),
        x.shape.map((size, index) => (index === axis ? from - count : size)),
        x.shape.map((_, index) => (index === axis ? -1 : 1)),
      );
    const parts = [
      before > 0 ? flip(before - 1, before) : undefined,
      x,
      after > 0 ? flip(extent - 1, after) : undefined,
    ];
    return concat(
      g,
      parts.filter((part) => part !== undefined),
      axis,
    );
  }, input("x"));
}
