import { binary, cast, withNumber } from "../../ir/elementwise-operators.js";
import type { GraphBuilder } from "../../ir/graph-builder.js";
import { concat, gather, reshape, sliceAxis } from "../../ir/movement-operators.js";
import { int, sizeOf, type Value } from "../../ir/value.js";
import { nativeDomain } from "../../target/target.js";
import type { KernelCall, KernelFamily } from "../recorded-kernel.js";

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;
const WORD = 0xffffffff;

/** A 64-bit number as a scalar; `int64` multiplies (and wraps), `uint64` shifts. */
const wide = (g: GraphBuilder, dtype: "int64" | "uint64", value: number) =>
  g.constant(dtype, [], dtype === "int64" ? BigInt64Array.of(BigInt(value)) : BigUint64Array.of(BigInt(value)));

const xor = (g: GraphBuilder, ...words: readonly Value[]) =>
  words.reduce((mixed, next) => binary(g, "BitwiseXor", mixed, next));

const low = (g: GraphBuilder, x: Value) => binary(g, "BitwiseAnd", x, wide(g, "int64", WORD));

/** The high word of 64 bits, of values that may look negative as int64. */
function high(g: GraphBuilder, x: Value): Value {
  const shift = g.apply("BitShift", [cast(g, x, "uint64"), wide(g, "uint64", 32)], "uint64", x.shape, {
    direction: { kind: "string", value: "RIGHT" },
  });
  return cast(g, shift, "int64");
}

/** Philox4x32-10. Words are int64 values below 2³². @source Salmon et al. (SC 2011), section 4.2 */
function philox(g: GraphBuilder, key: readonly [Value, Value], counter: readonly [Value, Value, Value, Value]) {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round += 1) {
    const first = binary(g, "Mul", c0, wide(g, "int64", MULTIPLIERS[0]));
    const second = binary(g, "Mul", c2, wide(g, "int64", MULTIPLIERS[1]));
    [c0, c1, c2, c3] = [
      xor(g, high(g, second), xor(g, c1, k0)),
      low(g, second),
      xor(g, high(g, first), xor(g, c3, k1)),
      low(g, first),
    ];
    k0 = low(g, binary(g, "Add", k0, wide(g, "int64", WEYL[0])));
    k1 = low(g, binary(g, "Add", k1, wide(g, "int64", WEYL[1])));
  }
  return [c0, c1, c2, c3] as const;
}

/**
 * The mask of codex-nn's `dropoutMaskValues`, bit for bit: element e takes lane e mod 8 of Philox at counter
 * (⌊e/8⌋, site, microStep, step), two 16-bit lanes a word, the low half first.
 */
function dropoutMask({ g, native, input, attrs }: KernelCall): Value {
  const shape = attrs.get<number[]>("shape");
  const threshold = Math.round(attrs.get<number>("rate") * 65536);
  const size = sizeOf(shape);
  if (threshold === 0) return g.fill("float32", shape, 1);
  if (native) {
    const options = { site: int(attrs.get<number>("site") >>> 0), threshold: int(threshold) };
    const extents = g.constant("int32", [shape.length], Int32Array.from(shape));
    return g.apply("DropoutMask", [input("key"), extents], "float32", shape, options, nativeDomain);
  }
  const groups = Math.ceil(size / 8);
  const words = low(g, cast(g, input("key"), "int64"));
  const word = (index: number) => gather(g, words, g.constant("int32", [], Int32Array.of(index)), 0);
  const counted = g.apply("Range", [wide(g, "int64", 0), wide(g, "int64", groups), wide(g, "int64", 1)], "int64", [
    groups,
  ]);
  const site = wide(g, "int64", attrs.get<number>("site") >>> 0);
  const drawn = philox(g, [word(0), word(1)], [counted, site, word(3), word(2)]);
  const lanes = drawn.flatMap((bits) => {
    const narrow = cast(g, bits, "uint32");
    const half = g.constant("uint32", [], Uint32Array.of(16));
    const mask = g.constant("uint32", [], Uint32Array.of(0xffff));
    const upper = g.apply("BitShift", [narrow, half], "uint32", [groups], {
      direction: { kind: "string", value: "RIGHT" },
    });
    return [binary(g, "BitwiseAnd", narrow, mask), upper];
  });
  const limit = g.constant("uint32", [], Uint32Array.of(threshold));
  const kept = lanes.map((lane) => reshape(g, binary(g, "GreaterOrEqual", lane, limit, "bool"), [groups, 1]));
  const flat = reshape(g, concat(g, kept, 1), [groups * 8]);
  const trimmed = reshape(g, sliceAxis(g, flat, 0, 0, size), shape);
  return withNumber(g, "Mul", cast(g, trimmed, "float32"), 65536 / (65536 - threshold));
}

export const dropoutMaskKernels: KernelFamily = { CodexDropoutMask: dropoutMask };
