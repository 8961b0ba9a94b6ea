import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { computeOnnxErrors } from "../errors.js";

/** The shared library's name within `bin/napi-v6/PLATFORM/ARCH` of the package onnxruntime-node. */
const fileNames: { readonly [platform: string]: string } = {
  linux: "libonnxruntime.so.1",
  darwin: "libonnxruntime.1.dylib",
  win32: "onnxruntime.dll",
};

/** Absolute folder of the installed package onnxruntime-node. @throws CODEX_COMPUTE_RUNTIME_MISSING */
export function runtimePackageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  } catch (cause) {
    throw computeOnnxErrors.CODEX_COMPUTE_RUNTIME_MISSING({ what: "onnxruntime-node is not installed.", cause });
  }
}

/**
 * Absolute path of ONNX Runtime's shared library for a platform.
 *
 * @throws CODEX_COMPUTE_RUNTIME_MISSING when the package has none for it.
 */
export function runtimeLibraryPath(
  packageFolder: string,
  platform: string = process.platform,
  arch: string = process.arch,
): string {
  const fileName = fileNames[platform];
  const path = fileName && join(packageFolder, "bin", "napi-v6", platform, arch, fileName);
  if (path && existsSync(path)) return path;
  throw computeOnnxErrors.CODEX_COMPUTE_RUNTIME_MISSING({
    what: `onnxruntime-node has no library for ${platform} ${arch}.`,
    where: path ?? packageFolder,
    fix: "Reinstall onnxruntime-node; if it does not ship this platform, set compute.type to wasm.",
  });
}
