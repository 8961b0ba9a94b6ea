import type { ElementwiseGraph, ElementwiseMember } from "#src/compiled-graph.js";
import { floats, tinyModel } from "./tiny-model.js";

/** `parameter += rate · gradient` for each name, as an optimizer's update compiles. */
export function stepGraph(lengths: { readonly [name: string]: number }): ElementwiseGraph {
  const members = Object.entries(lengths).map(
    ([name, length]): ElementwiseMember => ({
      length,
      inputs: {
        p: { kind: "state", name: `parameter/${name}` },
        g: { kind: "state", name: `gradient/${name}` },
        rate: { kind: "input", name: "rate" },
      },
      outputs: { next: { kind: "state", name: `parameter/${name}` } },
    }),
  );
  return {
    kind: "elementwise",
    groups: [
      {
        inputs: [
          { name: "p", dtype: "float32", kind: "elements" },
          { name: "g", dtype: "float32", kind: "elements" },
          { name: "rate", dtype: "float32", kind: "scalar" },
        ],
        outputs: [{ name: "next", dtype: "float32", kind: "elements" }],
        members,
        operatorCount: 2,
        model: (length) =>
          tinyModel(
            [
              { op: "Mul", inputs: ["g", "rate"], outputs: ["step"] },
              { op: "Add", inputs: ["p", "step"], outputs: ["next"] },
            ],
            [floats("p", length), floats("g", length), floats("rate")],
            [floats("next", length)],
          ),
      },
    ],
    describe: () => ({ nodeCount: 0, operators: {}, peakBytes: 0, text: "" }),
  };
}
