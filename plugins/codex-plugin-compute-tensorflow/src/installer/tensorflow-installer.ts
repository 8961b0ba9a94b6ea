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
  const { download } = recipes[variant];
  const needs = `Linux on x64 with glibc, python3 with pip, npm, a C++ compiler; ${download} to download`;
  const state = { name: `tensorflow-${variant}`, folder, needs };
  if (stamp) return { ...state, status: "installed", detail: `TensorFlow ${stamp.tensorflow}` };
  if (existsSync(folder)) return { ...state, status: "partial", detail: "an installation did not end" };
  return { ...state, status: "absent", detail: "not installed" };
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
