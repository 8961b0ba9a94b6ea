import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import {
  runtimeLibraryPath,
  runtimePackageFolder,
} from "../../plugins/codex-plugin-compute-onnx/dist/runtime/library-path.js";
import { loadOrtApi } from "../../plugins/codex-plugin-compute-onnx/dist/runtime/ort-api.js";

/**
 * Place of `EnableProfiling` in `struct OrtApi`, and the version that is asked for.
 *
 * @source onnxruntime/include/onnxruntime/core/session/onnxruntime_c_api.h
 */
const enableProfilingPlace = 14;
const apiVersion = 23;

/**
 * Profiles every session that is created from here on in this process: the backend shares one table of the C API's
 * functions a process, and what makes session options is wrapped here. Nothing of it is in the product.
 *
 * A session writes its profile when it is released: dispose the backend, then `read`.
 */
export function profileSessions() {
  const folder = mkdtempSync(join(tmpdir(), "codex-profile-"));
  const path = runtimeLibraryPath(runtimePackageFolder());
  const api = loadOrtApi(koffi, path);
  const enableProfiling = functionAt(path, enableProfilingPlace, "void *", ["void *", "const char *"]);
  const { create, check } = api;
  /** Threads of the session of each profile, in the order that they were created. */
  const threads = [];
  api.create = (name, ...rest) => {
    const made = create(name, ...rest);
    if (name !== "createSessionOptions") return made;
    if (enableProfiling(made, join(folder, `session-${threads.length}-`))) throw new Error("Profiling does not start.");
    threads.push(undefined);
    return made;
  };
  api.check = (name, fail, ...rest) => {
    if (name === "setIntraOpNumThreads") threads[threads.length - 1] = rest[1];
    return check(name, fail, ...rest);
  };
  return {
    /** The sessions' events with their threads; afterwards nothing more is profiled. */
    read() {
      Object.assign(api, { create, check });
      const files = readdirSync(folder);
      const sessions = files.map((file) => ({
        threads: threads[Number(/^session-(\d+)-/.exec(file)[1])],
        events: JSON.parse(readFileSync(join(folder, file), "utf8")),
      }));
      rmSync(folder, { recursive: true });
      return sessions;
    },
  };
}

function functionAt(path, place, result, parameters) {
  const base = koffi.load(path).func("OrtGetApiBase", "void *", [])();
  const [getApi] = koffi.decode(base, koffi.array("void *", 1));
  const table = koffi.call(getApi, koffi.proto("void *", ["uint32_t"]), apiVersion);
  return koffi.decode(koffi.decode(table, koffi.array("void *", place + 1))[place], koffi.proto(result, parameters));
}
