import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { ToolSettings } from "./run-tool.js";
import { runTool } from "./run-tool.js";
import { buildFailure } from "./unpack-wheel.js";

/** Where the package looks for its binding. */
export const bindingFile = "lib/napi-v8/tfjs_binding.node";

/** Names under which the package looks for the libraries. It wipes its folder when the second is not there. */
const links = {
  "libtensorflow.so": "libtensorflow_cc.so.2",
  "libtensorflow.so.2.9.1": "libtensorflow_cc.so.2",
  "libtensorflow_framework.so": "libtensorflow_framework.so.2",
};

/** Links the libraries to the names that the package knows. */
export async function linkLibraries(packageFolder: string): Promise<void> {
  for (const [name, target] of Object.entries(links)) {
    const path = join(packageFolder, "deps/lib", name);
    await rm(path, { force: true });
    await symlink(target, path);
  }
}

/**
 * Compiles the package's own sources against the libraries.
 *
 * @throws CODEX_TENSORFLOW_BUILD
 */
export async function buildBinding(
  folder: string,
  packageFolder: string,
  compiler: string,
  settings: ToolSettings,
): Promise<void> {
  const output = join(packageFolder, bindingFile);
  await mkdir(join(output, ".."), { recursive: true });
  const at = (path: string) => join(packageFolder, path);
  const args = [
    ...["-std=c++17", "-O2", "-fPIC", "-shared", "-DNAPI_VERSION=8"],
    ...["-I", join(folder, "node_modules/node-api-headers/include"), "-I", at("deps/include")],
    ...[at("binding/tfjs_backend.cc"), at("binding/tfjs_binding.cc"), "-o", `${output}.part`],
    ...["-L", at("deps/lib"), "-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"],
    "-Wl,-rpath,$ORIGIN/../../deps/lib",
  ];
  const { status, reason } = await runTool(compiler, args, settings);
  if (status !== 0) throw buildFailure("The binding that calls TensorFlow cannot be compiled.", packageFolder, reason);
  await rename(`${output}.part`, output);
}
