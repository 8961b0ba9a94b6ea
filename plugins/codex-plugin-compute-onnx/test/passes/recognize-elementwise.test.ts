import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { Program } from "codex-core";
import { createAdamW } from "codex-nn";
import { compileGraph } from "#src/compile-graph.js";
import { cpuTarget } from "#src/target/target.js";
import { specs } from "../support/operators-of.js";

const shapes = { w: [3, 5], v: [7, 2], b: [5] };
const kinds = ["parameter", "gradient", "exp_avg", "exp_avg_sq"];

/** AdamW over two matrices, which decay, and a vector, which does not. */
function update(): Program<tf.Tensor> {
  const adamw = createAdamW();
  const all = kinds.flatMap((kind) =>
    Object.entries(shapes).map(([name, shape]) => [`${kind}/${name}`, shape] as const),
  );
  return {
    name: "update",
    state: specs(Object.fromEntries(all)),
    inputs: specs({ decayFactor: [], stepSize: [], inverseRootCorrection: [] }),
    body(state, scalars) {
      const next: Record<string, tf.Tensor> = {};
      for (const name of Object.keys(shapes)) {
        const [parameter, gradient, exp_avg, exp_avg_sq] = kinds.map((kind) => state[`${kind}/${name}`]!);
        const slots = { exp_avg: exp_avg!, exp_avg_sq: exp_avg_sq! };
        const updated = adamw.update(name, { parameter: parameter!, slots }, gradient!, scalars);
        next[`parameter/${name}`] = updated.parameter;
        for (const [slot, tensor] of Object.entries(updated.slots)) next[`${slot}/${name}`] = tensor;
      }
      return { state: next, outputs: {} };
    },
  };
}

function kindOf(body: Program<tf.Tensor>["body"]): string {
  return compileGraph({ name: "test", state: specs({ a: [2, 3], b: [2, 3] }), inputs: specs({ x: [3] }), body }).kind;
}

describe("recognizeElementwise", () => {
  it("groups parameters that an optimizer treats alike", () => {
    const graph = compileGraph(update());
    if (graph.kind !== "elementwise") throw new Error(graph.kind);
    expect(graph.groups.map(({ members }) => members.map(({ length }) => length))).to.deep.equal([[15, 14], [5]]);
    const [matrices] = graph.groups;
    expect(matrices!.inputs.map(({ kind }) => kind).sort()).to.deep.equal([
      ...Array<string>(4).fill("elements"),
      ...Array<string>(3).fill("scalar"),
    ]);
    const [first, second] = matrices!.members.map(({ inputs }) => Object.values(inputs).map(({ name }) => name));
    expect(second).to.deep.equal(first!.map((name) => name.replace("/w", "/v")));
  });

  it("takes a native update for elementwise, which multiplies gradients itself", () => {
    const { body, ...program } = update();
    const graph = compileGraph(
      {
        ...program,
        inputs: { ...program.inputs, ...specs({ gradientScale: [] }) },
        body(state, { gradientScale, ...scalars }) {
          const scaled = Object.keys(state).map((name) => {
            const tensor = state[name]!;
            return [name, name.startsWith("gradient/") ? tf.mul(tensor, gradientScale!) : tensor] as const;
          });
          return body(Object.fromEntries(scaled), scalars);
        },
      },
      { ...cpuTarget, native: true },
    );
    if (graph.kind !== "elementwise") throw new Error(graph.kind);
    expect(graph.groups.map(({ members }) => members.map(({ length }) => length))).to.deep.equal([[15, 14], [5]]);
    const operators = [...graph.describe().text.matchAll(/ = ([\w.]+)\(/g)].map(([, op]) => op);
    expect(operators).to.deep.equal(["codex.AdamW", "codex.AdamW"]);
  });

  it("keeps tensors of different types apart", () => {
    const ints = { a: { shape: [4], dtype: "int32" as const }, b: { shape: [4], dtype: "int32" as const } };
    const floats = specs({ c: [4], d: [4] });
    const graph = compileGraph({
      name: "same",
      state: {},
      inputs: { ...ints, ...floats },
      body: (_, { a, b, c, d }) => ({
        outputs: { whole: tf.cast(tf.equal(a!, b!), "float32"), real: tf.cast(tf.equal(c!, d!), "float32") },
      }),
    });
    if (graph.kind !== "elementwise") throw new Error(graph.kind);
    expect(graph.groups.map(({ inputs }) => inputs.map(({ dtype }) => dtype))).to.deep.equal([
      ["int32", "int32"],
      ["float32", "float32"],
    ]);
  });

  it("emits a model for slices of any length", () => {
    const graph = compileGraph(update());
    if (graph.kind !== "elementwise") throw new Error(graph.kind);
    const model = graph.groups[0]!.model(1000);
    const extents = [...model.inputs, ...model.outputs].map(({ shape }) => shape.join());
    expect(extents.sort()).to.deep.equal([...Array<string>(3).fill(""), ...Array<string>(7).fill("1000")]);
  });

  it("leaves programs that move elements, reduce or broadcast to a session", () => {
    expect(kindOf(({ a }) => ({ state: { a: tf.mul(a!, 2) }, outputs: {} }))).to.equal("elementwise");
    expect(kindOf(({ a }, { x }) => ({ state: { a: tf.mul(a!, x!) }, outputs: {} }))).to.equal("session");
    expect(kindOf(({ a }) => ({ state: { a: tf.mul(a!, tf.sum(a!)) }, outputs: {} }))).to.equal("session");
    expect(kindOf(({ a }) => ({ state: { a: tf.reverse(a!, 1) }, outputs: {} }))).to.equal("session");
  });

  it("leaves state that could not be written slice by slice to a session", () => {
    const crossed: Program<tf.Tensor>["body"] = ({ a, b }) => ({
      state: { a: tf.add(a!, b!), b: tf.exp(a!) },
      outputs: {},
    });
    expect(kindOf(crossed)).to.equal("session");
  });
});
