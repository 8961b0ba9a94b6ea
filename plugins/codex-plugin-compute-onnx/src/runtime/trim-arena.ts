import type { EmittedModel, Port } from "../compiled-graph.js";
import { copyModel } from "../device/copy-model.js";
import type { NativeEnvironment } from "./native-environment.js";
import { NativeSession } from "./native-session.js";
import { NativeTensor } from "./native-tensor.js";
import type { OrtApi } from "./ort-api.js";
import { runFailure } from "./run-failure.js";

const name = "trim";

/**
 * Gives the system back what the shared arena holds and no value lies in. ONNX Runtime does so at the end of a run that
 * asks for it, whatever runs: here, a copy of one number.
 *
 * @throws CODEX_COMPUTE_SESSION, CODEX_COMPUTE_RUN, CODEX_COMPUTE_MEMORY
 */
export async function trimArena(api: OrtApi, environment: NativeEnvironment): Promise<void> {
  const port = (portName: string): Port => ({ name: portName, dtype: "float32", shape: [1] });
  const { bytes, inputs, outputs } = copyModel("float32");
  const model: EmittedModel = { bytes, inputs: inputs.map(port), outputs: outputs.map(port) };
  const session = await NativeSession.create(api, environment, model, { name, threads: 1 });
  const fail = (message: string) => runFailure(name, message);
  const options = api.create("createRunOptions", fail);
  const number = () => new NativeTensor(api, environment, new Float32Array(1), port(name));
  const tensors = [number(), number()] as const;
  try {
    api.check("addRunConfigEntry", fail, options, "memory.enable_memory_arena_shrinkage", "cpu:0");
    await session.bind([tensors[0]], [tensors[1]], options).run();
  } finally {
    for (const tensor of tensors) tensor.dispose();
    api.release("releaseRunOptions", options);
    await session.dispose();
  }
}
