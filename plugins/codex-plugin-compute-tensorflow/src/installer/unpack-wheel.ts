import { computeTensorflowErrors } from "../errors.js";
import { runTool, type ToolSettings } from "./run-tool.js";

/** The libraries that are taken, in the package's folder for libraries. */
export const libraries: readonly string[] = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

/** Takes the libraries, and the headers of the C interface, out of the wheel, which is a zip file. */
const unpacker = `
import os, shutil, sys, zipfile
wheel, target, *libraries = sys.argv[1:]
headers = "tensorflow/include/"
wanted = ["tensorflow/c/", "tensorflow/core/platform/", "tsl/", "xla/tsl/", "external/local_tsl/",
          "external/local_xla/xla/tsl/"]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith("tensorflow/") and name[len("tensorflow/"):] in libraries:
            path = os.path.join(target, "lib", os.path.basename(name))
        elif name.endswith(".h") and name.startswith(tuple(headers + each for each in wanted)):
            path = os.path.join(target, "include", name[len(headers):])
        else:
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(name) as source, open(path, "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
`;

/**
 * Unpacks libraries to TARGET/lib and headers to TARGET/include, and takes symbols that only a debugger needs away.
 *
 * @throws CODEX_TENSORFLOW_BUILD
 */
export async function unpackWheel(wheel: string, target: string, settings: ToolSettings): Promise<void> {
  const { status, reason } = await runTool("python3", ["-c", unpacker, wheel, target, ...libraries], settings);
  if (status !== 0) throw buildFailure("TensorFlow's libraries cannot be unpacked.", wheel, reason);
  // Without `strip` the libraries are a third larger, and work.
  await runTool("strip", ["--strip-unneeded", ...libraries.map((name) => `${target}/lib/${name}`)], settings);
}

/** Says why a stage on this machine failed. */
export function buildFailure(what: string, where: string, why: string): Error {
  return computeTensorflowErrors.CODEX_TENSORFLOW_BUILD({ what, where, why });
}
