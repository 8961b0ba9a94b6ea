import type { EmittedModel, Port } from "#src/compiled-graph.js";

/** A node of a tiny test model. */
export interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const bytes = (field: number, value: readonly number[]) => [
  ...varint((field << 3) | 2),
  ...varint(value.length),
  ...value,
];
const text = (field: number, value: string) => bytes(field, [...new TextEncoder().encode(value)]);
const integer = (field: number, value: number) => [...varint(field << 3), ...varint(value)];

function valueInfo(port: Port): number[] {
  const shape = port.shape.flatMap((size) => bytes(1, integer(1, size)));
  const tensor = [...integer(1, port.dtype === "float32" ? 1 : 6), ...bytes(2, shape)];
  return [...text(1, port.name), ...bytes(2, bytes(1, tensor))];
}

/** An ONNX model of a few nodes, made without the compiler. @source onnx/onnx.proto3 */
export function tinyModel(nodes: readonly TinyNode[], inputs: readonly Port[], outputs: readonly Port[]): EmittedModel {
  const graph = [
    ...nodes.flatMap(({ op, inputs, outputs }) =>
      bytes(1, [
        ...inputs.flatMap((name) => text(1, name)),
        ...outputs.flatMap((name) => text(2, name)),
        ...text(4, op),
      ]),
    ),
    ...text(2, "tiny"),
    ...inputs.flatMap((port) => bytes(11, valueInfo(port))),
    ...outputs.flatMap((port) => bytes(12, valueInfo(port))),
  ];
  const model = [...integer(1, 9), ...bytes(7, graph), ...bytes(8, integer(2, 18))];
  return { bytes: Uint8Array.from(model), inputs, outputs };
}

/** A float32 port. */
export const floats = (name: string, ...shape: number[]): Port => ({ name, dtype: "float32", shape });
