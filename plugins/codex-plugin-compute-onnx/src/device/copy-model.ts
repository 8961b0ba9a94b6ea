import type { DataType } from "codex-core";
import { writeModel } from "../emit/onnx-model.js";
import { GraphBuilder } from "../ir/graph-builder.js";
import { nodeOf } from "../ir/value.js";
import type { DeviceModel } from "./device-session.js";

/** A model of one Identity over tensors of any shape: what it is given on one side of the border leaves on the other. */
export function copyModel(dtype: DataType): DeviceModel {
  const g = new GraphBuilder();
  const node = nodeOf(g.apply("Identity", [g.input("from", "input", dtype, [])], dtype, []))!;
  const name = `copy of ${dtype}`;
  const bytes = writeModel({
    name,
    inputs: [{ name: "from", dtype }],
    outputs: [{ name: "to", dtype }],
    initializers: [],
    nodes: [{ node, inputs: ["from"], outputs: ["to"] }],
  });
  return { name, bytes, inputs: ["from"], outputs: ["to"], needsHost: false };
}
