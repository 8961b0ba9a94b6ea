import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { PluginEntry } from "../../plugins/plugin-entry.js";
import type { Check, DoctorSubject, Finding } from "./check.js";

/** Plugins are found and their manifests are sound. */
export const pluginsCheck: Check = {
  name: "plugins",
  run({ project: { catalogue } }) {
    const broken = catalogue.entries.filter((entry) => entry.problem);
    const sound = catalogue.entries.length - broken.length;
    if (catalogue.entries.length === 0) {
      const detail = `none found; searched ${catalogue.searched.join(", ") || "nothing"}`;
      return [{ name: this.name, status: "failed", detail, fix: "npm install codex-plugins" }];
    }
    const failures = broken.map(({ packageName, problem }): Finding => {
      return { name: "plugin", status: "failed", detail: `${packageName}: ${problem?.what}`, fix: problem?.fix };
    });
    return sound > 0 ? [{ name: this.name, status: "ok", detail: `${sound} found` }, ...failures] : failures;
  },
};

/** `libonnxruntime.so.1`, `libonnxruntime.1.dylib`, `onnxruntime.dll`. */
const libraryName = /^(lib)?onnxruntime(\.\d+)*\.(so|dylib|dll)(\.\d+)*$/;

/** The library that the compiled engine computes with is installed for this platform. */
export const onnxRuntimeCheck: Check = {
  name: "onnxruntime",
  run(subject) {
    const plugin = onnxPlugin(subject);
    if (!plugin) return [];
    const found = packageFolder(plugin.folder, "onnxruntime-node");
    const platform = `${process.platform}/${process.arch}`;
    const fix = "Install again (npm ci), or compute with another backend: compute.type=wasm.";
    if (!found) return [{ name: this.name, status: "failed", detail: "onnxruntime-node is not installed", fix }];
    if (findLibrary(join(found.folder, "bin"))) {
      return [{ name: this.name, status: "ok", detail: `${found.version} for ${platform}` }];
    }
    const detail = `onnxruntime-node ${found.version} has no library for ${platform}`;
    return [{ name: this.name, status: "failed", detail, fix }];
  },
};

/** koffi, which calls that library, can be loaded. In a process of its own: a bad native module can take one down. */
export const koffiCheck: Check = {
  name: "koffi",
  run(subject) {
    const plugin = onnxPlugin(subject);
    if (!plugin) return [];
    const script = `console.log(require("module").createRequire(process.argv[1])("koffi").version)`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["-e", script, join(plugin.folder, "package.json")],
      { encoding: "utf8", timeout: 20_000 },
    );
    if (status === 0) return [{ name: this.name, status: "ok", detail: `${stdout.trim()} loads` }];
    const reason = /^\w*Error: .*$/m.exec(stderr)?.[0] ?? `it ended with status ${status}`;
    const fix = "Install again (npm ci); until then the engine uses onnxruntime's own, slower binding.";
    return [{ name: this.name, status: "failed", detail: `cannot be loaded: ${reason}`, fix }];
  },
};

/** The library for this platform: below `bin/napi-vN/PLATFORM/ARCHITECTURE`. */
function findLibrary(binFolder: string): string | undefined {
  if (!existsSync(binFolder)) return undefined;
  return readdirSync(binFolder)
    .map((binding) => join(binFolder, binding, process.platform, process.arch))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder))
    .find((name) => libraryName.test(name));
}

function onnxPlugin({ project }: DoctorSubject): PluginEntry | undefined {
  return project.catalogue.entries.find((entry) => entry.provides.compute?.onnx && entry.folder);
}

/** The folder and version of a package as another package would find it. */
export function packageFolder(from: string, name: string): { folder: string; version: string } | undefined {
  const require = createRequire(join(from, "package.json"));
  for (const modules of require.resolve.paths(name) ?? []) {
    const file = join(modules, name, "package.json");
    if (!existsSync(file)) continue;
    const { version }: { version: string } = require(file);
    return { folder: dirname(file), version };
  }
  return undefined;
}
