import { cpuTarget, type Target } from "../target/target.js";
import {
  type Attributes,
  type ConstantData,
  type ElementType,
  type Node,
  type Shape,
  type Source,
  sizeOf,
  type Value,
  type ValueSpec,
} from "./value.js";

const DEDUPLICATED_ELEMENTS = 4096;

/**
 * Makes values and nodes, each structure once: a node with the operator, inputs and attributes of an earlier one is
 * that earlier one, so common subexpressions never arise. Ids grow, and a node's id is above those of its inputs.
 */
export class GraphBuilder {
  #nextId = 0;
  readonly #nodes = new Map<string, Node>();
  readonly #values = new Map<string, Value>();

  constructor(readonly target: Target = cpuTarget) {}

  input(name: string, of: "state" | "input", dtype: ElementType, shape: Shape): Value {
    return this.#value(dtype, shape, { kind: "input", name, of });
  }

  /** A constant; equal small ones are one value. */
  constant(dtype: ElementType, shape: Shape, data: ConstantData): Value {
    const make = () => this.#value(dtype, shape, { kind: "constant", data });
    return data.length > DEDUPLICATED_ELEMENTS ? make() : this.#once(`${dtype}|${shape}|${bits(data)}`, make);
  }

  /** One number in every element. */
  fill(dtype: ElementType, shape: Shape, value: number): Value {
    const sign = Object.is(value, -0) ? "-0" : value;
    return this.#once(`fill|${dtype}|${shape}|${sign}`, () => this.#value(dtype, shape, { kind: "fill", value }));
  }

  /** An int64 vector: axes, shapes, bounds. */
  int64s(values: readonly number[]): Value {
    return this.constant("int64", [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Applies an operator. */
  node(
    op: string,
    operands: readonly (Value | undefined)[],
    outputs: readonly ValueSpec[],
    attributes: Attributes = {},
    domain = "",
  ): Node {
    const inputs = withoutAbsentTail(operands);
    const key = `${domain}:${op}|${inputs.map((input) => input?.id ?? "")}|${attributeKey(attributes)}|${outputs.length}`;
    const known = this.#nodes.get(key);
    if (known) return known;
    const values: Value[] = [];
    const node: Node = { id: this.#nextId++, op, domain, inputs, attributes, outputs: values };
    outputs.forEach(({ dtype, shape }, index) => {
      values.push(this.#value(dtype, shape, { kind: "node", node, index }));
    });
    this.#nodes.set(key, node);
    return node;
  }

  /** Applies an operator of one output. */
  apply(
    op: string,
    inputs: readonly (Value | undefined)[],
    dtype: ElementType,
    shape: Shape,
    attributes: Attributes = {},
    domain = "",
  ): Value {
    return this.node(op, inputs, [{ dtype, shape }], attributes, domain).outputs[0]!;
  }

  #value(dtype: ElementType, shape: Shape, source: Source): Value {
    return { id: this.#nextId++, dtype, shape: [...shape], source };
  }

  #once(key: string, make: () => Value): Value {
    const known = this.#values.get(key);
    if (known) return known;
    const value = make();
    this.#values.set(key, value);
    return value;
  }
}

/** ONNX Runtime takes an empty name at the end of a node's inputs for an input. */
function withoutAbsentTail(operands: readonly (Value | undefined)[]): readonly (Value | undefined)[] {
  const last = operands.findLastIndex((operand) => operand !== undefined);
  return last === operands.length - 1 ? operands : operands.slice(0, last + 1);
}

function attributeKey(attributes: Attributes): string {
  const names = Object.keys(attributes).sort();
  return names.map((name) => `${name}=${attributes[name]!.kind}${attributes[name]!.value}`).join(";");
}

function bits(data: ConstantData): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
}

/** Typed array of an element type. */
export function dataOf(dtype: ElementType, values: ArrayLike<number>): ConstantData {
  switch (dtype) {
    case "float32":
      return Float32Array.from(values);
    case "int32":
      return Int32Array.from(values);
    case "uint32":
      return Uint32Array.from(values);
    case "bool":
      return Uint8Array.from(values, (value) => (value ? 1 : 0));
    case "int64":
      return BigInt64Array.from(Array.from(values), BigInt);
    case "uint64":
      return BigUint64Array.from(Array.from(values), BigInt);
  }
}

/** The data that a fill or constant holds. */
export function materialised(value: Value): ConstantData | undefined {
  if (value.source.kind === "constant") return value.source.data;
  if (value.source.kind !== "fill") return undefined;
  const filled = value.source.value;
  return dataOf(
    value.dtype,
    Array.from({ length: sizeOf(value.shape) }, () => filled),
  );
}
