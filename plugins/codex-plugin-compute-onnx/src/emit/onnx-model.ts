import { ProtobufWriter } from "codex-core";
import { dataTypes } from "../ir/elementwise-operators.js";
import { materialised } from "../ir/graph-builder.js";
import type { Attribute, ElementType, Node, Shape, Value } from "../ir/value.js";
import { nativeDomain } from "../target/target.js";

const IR_VERSION = 9;
const OPSETS: readonly (readonly [domain: string, version: number])[] = [
  ["", 18],
  ["com.microsoft", 1],
];

/** Declared by models that use it alone: readers of others need not know it. */
const NATIVE_OPSET = [nativeDomain, 1] as const;

/** A tensor at the model's border. */
export interface ModelPort {
  readonly name: string;
  readonly dtype: ElementType;
  /** Left out: any. */
  readonly shape?: Shape;
}

/** A node to write; names are those of the model's tensors, "" for an absent input. */
export interface ModelNode {
  readonly node: Node;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** All that a model holds. */
export interface ModelContent {
  readonly name: string;
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  /** Constants and fills that are stored. */
  readonly initializers: readonly (readonly [name: string, value: Value])[];
  readonly nodes: readonly ModelNode[];
}

/** Writes an ONNX ModelProto. @source https://github.com/onnx/onnx/blob/v1.16.0/onnx/onnx.proto */
export function writeModel({ name, inputs, outputs, initializers, nodes }: ModelContent): Uint8Array {
  const writer = new ProtobufWriter();
  writer.integer(1, IR_VERSION);
  writer.text(2, "codex");
  writer.message(7, (graph) => {
    for (const node of nodes) graph.message(1, (inner) => writeNode(inner, node));
    graph.text(2, name);
    for (const [key, value] of initializers) graph.message(5, (inner) => writeTensor(inner, key, value));
    for (const port of inputs) graph.message(11, (inner) => writePort(inner, port));
    for (const port of outputs) graph.message(12, (inner) => writePort(inner, port));
    for (const port of nativePorts(nodes)) graph.message(13, (inner) => writePort(inner, port));
  });
  const isNative = nodes.some(({ node }) => node.domain === nativeDomain);
  for (const [domain, version] of isNative ? [...OPSETS, NATIVE_OPSET] : OPSETS) {
    writer.message(8, (opset) => {
      opset.text(1, domain);
      opset.integer(2, version);
    });
  }
  return writer.take();
}

/** What native operators make: ONNX Runtime cannot tell its shapes, by which it plans memory. */
function nativePorts(nodes: readonly ModelNode[]): readonly ModelPort[] {
  return nodes.flatMap(({ node, outputs }) =>
    node.domain === nativeDomain ? node.outputs.map((value, index) => ({ ...value, name: outputs[index]! })) : [],
  );
}

function writeNode(writer: ProtobufWriter, { node, inputs, outputs }: ModelNode): void {
  for (const input of inputs) writer.text(1, input);
  for (const output of outputs) writer.text(2, output);
  writer.text(3, `${node.op}_${node.outputs[0]!.shape.join("x")}_${node.id}`);
  writer.text(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    writer.message(5, (inner) => writeAttribute(inner, name, attribute));
  }
  if (node.domain) writer.text(7, node.domain);
}

function writeAttribute(writer: ProtobufWriter, name: string, attribute: Attribute): void {
  writer.text(1, name);
  switch (attribute.kind) {
    case "float":
      writer.float(2, attribute.value);
      writer.integer(20, 1);
      break;
    case "int":
      writer.integer(3, attribute.value);
      writer.integer(20, 2);
      break;
    case "string":
      writer.text(4, attribute.value);
      writer.integer(20, 3);
      break;
    case "ints":
      for (const value of attribute.value) writer.integer(8, value);
      writer.integer(20, 7);
      break;
  }
}

function writeTensor(writer: ProtobufWriter, name: string, value: Value): void {
  const data = materialised(value)!;
  for (const extent of value.shape) writer.integer(1, extent);
  writer.integer(2, dataTypes[value.dtype]);
  writer.text(8, name);
  writer.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writePort(writer: ProtobufWriter, { name, dtype, shape }: ModelPort): void {
  writer.text(1, name);
  writer.message(2, (type) => {
    type.message(1, (tensor) => {
      tensor.integer(1, dataTypes[dtype]);
      if (!shape) return;
      tensor.message(2, (dimensions) => {
        for (const extent of shape) dimensions.message(1, (dimension) => dimension.integer(1, extent));
      });
    });
  });
}
