import { computeTensorflowErrors } from "../errors.js";
import { runTool, type ToolSettings } from "./run-tool.js";

/** Multiplies [[1, 2], [3, 4]] by itself. */
const script = `
const { createRequire } = require("node:module");
const util = require("node:util");
util.isNullOrUndefined ??= (value) => value == null;
const [folder, name] = process.argv.slice(1);
const tf = createRequire(folder + "/package.json")(name);
const x = tf.tensor2d([[1, 2], [3, 4]]);
console.log("product", [...tf.matMul(x, x).dataSync()].join(" "));
`;

/**
 * Has a process of its own multiply two matrices: a bad native module can take one down.
 *
 * @throws CODEX_TENSORFLOW_UNUSABLE
 */
export async function smokeTest(folder: string, packageName: string, settings: ToolSettings): Promise<void> {
  const env = { ...settings.env, TF_CPP_MIN_LOG_LEVEL: "2", NODE_OPTIONS: "" };
  const result = await runTool(process.execPath, ["-e", script, folder, packageName], { ...settings, env });
  if (result.status === 0 && result.stdout.includes("product 7 10 15 22")) return;
  throw computeTensorflowErrors.CODEX_TENSORFLOW_UNUSABLE({
    what: "TensorFlow was installed, but a product of two matrices did not come out.",
    where: folder,
    why: result.reason,
  });
}
