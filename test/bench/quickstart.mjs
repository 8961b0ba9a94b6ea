// Trains the quickstart with three seeds, by Codex and by PyTorch in turn: the same initial weights, batches, schedule
// and held-out split. Prints the loss over the whole held-out split of each.
//
//   node test/bench/quickstart.mjs --python PATH_TO_PYTHON_WITH_TORCH [--seeds 1,2,3]
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: { python: { type: "string", default: "python3" }, seeds: { type: "string", default: "1,2,3" } },
});
const root = fileURLToPath(new URL("../..", import.meta.url));
const path = (name) => join(root, name);
const run = (command, ...args) =>
  execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

const rows = [];
for (const seed of flags.seeds.split(",")) {
  const folder = mkdtempSync(join(tmpdir(), "codex-quickstart-"));
  try {
    run(process.execPath, path("test/bench/export-quickstart.mjs"), folder, "--seed", seed);
    const peer = JSON.parse(run(flags.python, path("test/bench/peers/quickstart.py"), folder));
    const started = performance.now();
    const settings = ["--config", "quickstart", "--seed", seed, "--output-dir", join(folder, "trained"), "--quiet"];
    run(process.execPath, path("core/kernel/bin/codex.js"), "train", ...settings);
    const seconds = (performance.now() - started) / 1000;
    const codex = ["evaluate", join(folder, "trained"), "--json"];
    const { metrics } = JSON.parse(run(process.execPath, path("core/kernel/bin/codex.js"), ...codex));
    rows.push({
      seed,
      codex: metrics["eval/loss"],
      codexSeconds: seconds,
      pytorch: peer.evalLoss,
      pytorchSeconds: peer.seconds,
    });
    console.log(JSON.stringify(rows.at(-1)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
