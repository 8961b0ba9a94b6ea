import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { pyTorchInstructions } from "./instruction-set.mjs";
import { startPeer } from "./peer-process.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const peerScript = here("peers/pytorch_gpt.py");

/** Arguments of bench:serve that say what Codex computes on. */
const computeArguments = (flags) => [
  ...["--compute", flags.compute],
  ...(flags.device === undefined ? [] : ["--device", flags.device]),
  ...(flags["no-native"] ? ["--no-native"] : []),
  ...(flags["instruction-set"] === undefined ? [] : ["--instruction-set", flags["instruction-set"]]),
];

/** Starts Codex training a shape, as flags say; with a reference, from the peer's weights and batches. */
export function startCodex(flags, shape, { reference, dropout = 0 } = {}) {
  const more = reference === undefined ? [] : ["--reference", reference];
  const settings = ["--shape", shape.text, "--dropout", String(dropout), ...computeArguments(flags), ...more];
  return startPeer([process.execPath, here("serve.mjs"), ...settings]);
}

/** Starts PyTorch training a shape: `eager` or `compile`. */
export function startPyTorch(flags, shape, peer = "eager", { dropout = 0 } = {}) {
  const more = peer === "compile" ? ["--compile"] : [];
  const settings = ["--shape", shape.text, "--dropout", String(dropout), ...more];
  const env = pyTorchInstructions[flags["instruction-set"]];
  return startPeer([flags.python, peerScript, "serve", ...settings], { env });
}

/** Writes PyTorch's initial weights and batches of a shape. */
export function exportReference(flags, shape, folder) {
  const { status } = spawnSync(flags.python, [peerScript, "export", folder, "--shape", shape.text], {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error(`The export of shape ${shape.text} failed.`);
}
