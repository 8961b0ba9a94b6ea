/** Element types of the graph; a subset of ONNX's. */
export type ElementType = "float32" | "int32" | "int64" | "uint32" | "uint64" | "bool";

export type Shape = readonly number[];

/** Host data of a constant; `bool` is one byte an element. */
export type ConstantData = Float32Array | Int32Array | BigInt64Array | Uint32Array | BigUint64Array | Uint8Array;

/** Where a value comes from. A `fill` is one number in every element and is never materialised before emission. */
export type Source =
  | { readonly kind: "input"; readonly name: string; readonly of: "state" | "input" }
  | { readonly kind: "constant"; readonly data: ConstantData }
  | { readonly kind: "fill"; readonly value: number }
  | { readonly kind: "node"; readonly node: Node; readonly index: number };

/** A tensor in the graph: immutable, of known shape and type. */
export interface Value {
  readonly id: number;
  readonly dtype: ElementType;
  readonly shape: Shape;
  readonly source: Source;
}

/** An attribute of a node, of ONNX's types. */
export type Attribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "string"; readonly value: string };

export type Attributes = { readonly [name: string]: Attribute };

/** An application of an ONNX operator. An absent optional input is `undefined`. */
export interface Node {
  readonly id: number;
  readonly op: string;
  /** "" for ONNX's own operators, `com.microsoft`, or `codex` for native ones. */
  readonly domain: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
}

/** Type and shape of a value that is to be made. */
export interface ValueSpec {
  readonly dtype: ElementType;
  readonly shape: Shape;
}

export const int = (value: number): Attribute => ({ kind: "int", value });
export const float = (value: number): Attribute => ({ kind: "float", value });
export const ints = (value: readonly number[]): Attribute => ({ kind: "ints", value });

/** Elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** The node that makes a value, if one does. */
export function nodeOf(value: Value | undefined): Node | undefined {
  return value?.source.kind === "node" ? value.source.node : undefined;
}

/** The node that makes a value, if it applies the given operator and the value is its first output. */
export function producer(value: Value | undefined, ...ops: readonly string[]): Node | undefined {
  const source = value?.source;
  return source?.kind === "node" && source.index === 0 && ops.includes(source.node.op) ? source.node : undefined;
}

/** The number that a value holds in every element, when that is known. */
export function uniformValue(value: Value): number | undefined {
  if (value.source.kind === "fill") return value.source.value;
  if (value.source.kind === "constant" && value.source.data.length === 1) return Number(value.source.data[0]);
  return undefined;
}

export function intAttribute(node: Node, name: string, otherwise: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === "int" ? attribute.value : otherwise;
}

export function floatAttribute(node: Node, name: string, otherwise: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === "float" ? attribute.value : otherwise;
}

export function intsAttribute(node: Node, name: string): readonly number[] {
  const attribute = node.attributes[name];
  return attribute?.kind === "ints" ? attribute.value : [];
}
