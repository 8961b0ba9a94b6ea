import { emitSession } from "#src/emit/emit-session.js";
import { GraphBuilder } from "#src/ir/graph-builder.js";
import type { Attributes, Shape } from "#src/ir/value.js";
import { defaultCompiler, findLibrary, packageFolder } from "#src/native/find-library.js";
import { createRuntime } from "#src/runtime/create-runtime.js";
import { cpuTarget, nativeDomain } from "#src/target/target.js";

export interface OperatorRun {
  readonly op: string;
  /** In order; undefined for an optional input that is absent. */
  readonly inputs: readonly ({ readonly shape: Shape; readonly data: Float32Array | Int32Array } | undefined)[];
  /** Shapes of the outputs. */
  readonly outputs: readonly Shape[];
  /** Of all outputs. Default: float32. */
  readonly dtype?: "float32" | "int32";
  readonly attributes?: Attributes;
  readonly threads?: number;
}

/** Runs one native operator through ONNX Runtime and gives its outputs. */
export async function runNativeOperator(run: OperatorRun & { readonly dtype: "int32" }): Promise<Int32Array[]>;
export async function runNativeOperator(run: OperatorRun): Promise<Float32Array[]>;
export async function runNativeOperator(run: OperatorRun): Promise<(Float32Array | Int32Array)[]> {
  const { op, inputs, outputs, dtype = "float32", attributes = {}, threads = 2 } = run;
  const runtime = await createRuntime("native-api", undefined, undefined, {
    nativeLibrary: () => findLibrary({ packageFolder, compiler: defaultCompiler() }),
  });
  try {
    const g = new GraphBuilder({ ...cpuTarget, native: true });
    const values = inputs.map(
      (input, index) =>
        input && g.input(`x${index}`, "input", input.data instanceof Float32Array ? "float32" : "int32", input.shape),
    );
    const specs = outputs.map((shape) => ({ dtype, shape }));
    const node = g.node(op, values, specs, attributes, nativeDomain);
    const graph = {
      name: op,
      builder: g,
      outputs: node.outputs.map((value, index) => ({ name: `y${index}`, of: "output" as const, value })),
    };
    const { model } = emitSession(graph);
    const session = await runtime.createSession(model, { name: op, threads });
    const given = model.inputs.map((port) => inputs[Number(port.name.replace("input:x", ""))]!.data);
    const results = model.outputs.map(({ shape }) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
    });
    const tensors = (ports: typeof model.inputs, arrays: readonly (Float32Array | Int32Array)[]) =>
      ports.map((port, index) => runtime.tensor(arrays[index]!, port));
    await session.bind(tensors(model.inputs, given), tensors(model.outputs, results)).run();
    await session.dispose();
    return results;
  } finally {
    await runtime.dispose();
  }
}
