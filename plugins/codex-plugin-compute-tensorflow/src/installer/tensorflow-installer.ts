import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { RuntimeInstaller, RuntimeRequest, RuntimeState } from "codex-core";
import { readStamp, runtimeFolder, type Variant, variants } from "../runtime-folder.js";
import { holdLock } from "./hold-lock.js";
import { installTensorflow, lockFile } from "./install-tensorflow.js";
import { recipes } from "./recipe.js";
import { runTool } from "./run-tool.js";

function stateOf(variant: Variant, env: RuntimeRequest["env"]): RuntimeState {
  const folder = runtimeFolder(variant, env);
  const stamp = readStamp(folder);
  const name = `tensorflow-${variant}`;
  if (stamp) return { name, status: "installed", folder, detail: `TensorFlow ${stamp.tensorflow}` };
  if (existsSync(folder)) return { name, status: "partial", folder, detail: "an installation did not end" };
  return { name, status: "absent", folder, detail: "not installed" };
}

/** `codex compute install|remove tensorflow`. */
export const tensorflowInstaller: RuntimeInstaller = {
  async install(request) {
    const variant = request.gpu ? "gpu" : "cpu";
    await installTensorflow(recipes[variant], request);
    return stateOf(variant, request.env);
  },

  async remove({ env, signal, report }) {
    const removeAll = async () => {
      const there = variants.map((variant) => stateOf(variant, env)).filter(({ status }) => status !== "absent");
      for (const { folder } of there) await rm(folder, { recursive: true, force: true });
      return there;
    };
    // Without Python nothing can be installing.
    const { status } = await runTool("python3", ["--version"], { env, signal });
    if (status !== 0) return removeAll();
    return holdLock(lockFile(env), { env, signal }, () => report("waiting for an installation to end"), removeAll);
  },

  async states(env) {
    return variants.map((variant) => stateOf(variant, env));
  },
};

export default tensorflowInstaller;
