import type { TypedArray } from "codex-core";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { EmittedModel, Port } from "../compiled-graph.js";
import { loadFailure, runFailure } from "./run-failure.js";
import type { BoundRun, Runtime, RuntimeSession, RuntimeTensor, SessionOptions } from "./runtime.js";

/** The module onnxruntime-node. */
export type OrtBinding = typeof import("onnxruntime-node");

interface BindingTensor extends RuntimeTensor {
  readonly tensor: Tensor;
}

/**
 * ONNX Runtime through its package's own Node binding: the fallback. It copies every output, runs on the main thread,
 * and gives the same bits.
 */
export class BindingRuntime implements Runtime {
  readonly kind = "binding";
  readonly copiesOutputs = true;
  readonly version: string;
  readonly #binding: OrtBinding;

  constructor(
    binding: OrtBinding,
    readonly whyStock?: string,
  ) {
    this.#binding = binding;
    this.version = binding.env.versions.node ?? binding.env.versions.common;
  }

  tensor(data: TypedArray, { dtype, shape }: Port): RuntimeTensor {
    const tensor = new this.#binding.Tensor(dtype, data, shape) as Tensor;
    const made: BindingTensor = { data, tensor, dispose: () => tensor.dispose() };
    return made;
  }

  async createSession(model: EmittedModel, { name, threads }: SessionOptions): Promise<RuntimeSession> {
    let session: InferenceSession;
    try {
      session = await this.#binding.InferenceSession.create(model.bytes, {
        intraOpNumThreads: threads,
        graphOptimizationLevel: "all",
        enableMemPattern: false,
        logSeverityLevel: 4,
        extra: { session: { force_spinning_stop: "1" } },
      });
    } catch (cause) {
      throw loadFailure(name, (cause as Error).message, cause);
    }
    return {
      bind: (inputs, outputs) => bind(session, model, name, inputs, outputs),
      dispose: () => session.release(),
    };
  }

  arenaBytes(): undefined {
    return undefined;
  }

  /** Each of the binding's sessions has memory of its own, which goes with it. */
  async trim(): Promise<void> {}

  async dispose(): Promise<void> {}
}

function bind(
  session: InferenceSession,
  model: EmittedModel,
  name: string,
  inputs: readonly RuntimeTensor[],
  outputs: readonly RuntimeTensor[],
): BoundRun {
  const feeds = Object.fromEntries(model.inputs.map((port, i) => [port.name, (inputs[i] as BindingTensor).tensor]));
  const run = async () => {
    let results: InferenceSession.OnnxValueMapType;
    try {
      results = await session.run(feeds);
    } catch (cause) {
      throw runFailure(name, (cause as Error).message, cause);
    }
    for (const [i, port] of model.outputs.entries()) {
      outputs[i]!.data.set((results[port.name] as Tensor).data as TypedArray);
    }
  };
  return { run, runBriefly: run };
}
