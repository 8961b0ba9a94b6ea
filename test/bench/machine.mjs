import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { cpus, loadavg, totalmem } from "node:os";
import { availableCores } from "codex-core";
import { describeProcessor } from "../../plugins/codex-plugin-compute-onnx/dist/runtime/processor.js";
import { UsageError } from "./flags.mjs";

const require = createRequire(import.meta.url);

/**
 * What a figure is worth nothing without.
 *
 * @param {string} [python] a Python that peers run by
 * @param {readonly string[]} [packages] its packages whose versions matter; without any, it is not asked
 */
export function describeMachine(python, packages = []) {
  const processor = describeProcessor();
  const versions = { node: process.version, onnxruntime: require("onnxruntime-node/package.json").version };
  if (python && packages.length > 0) Object.assign(versions, pythonVersions(python, packages));
  return {
    processor: processor.name,
    instructionSet: processor.instructionSet,
    cores: availableCores(),
    logicalProcessors: cpus().length,
    memoryBytes: totalmem(),
    loadAverage: loadavg()[0],
    versions,
  };
}

function pythonVersions(python, packages) {
  const code =
    "import importlib.metadata as m, json, platform, sys; " +
    "print(json.dumps(dict(python=platform.python_version(), **{name: m.version(name) for name in sys.argv[1:]})))";
  try {
    return JSON.parse(execFileSync(python, ["-c", code, ...packages], { encoding: "utf8", stdio: "pipe" }));
  } catch {
    throw new UsageError(
      `${python} does not run, or lacks ${packages.join(" or ")}: see test/bench/peers/requirements.txt.`,
    );
  }
}

/** The machine in a line. */
export function sayMachine({ processor, instructionSet, cores, loadAverage, versions }) {
  const shown = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${processor}, ${instructionSet}, ${cores} cores, load ${loadAverage.toFixed(2)}; ${shown.join(", ")}`;
}
