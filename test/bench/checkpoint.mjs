/**
 * Saving a checkpoint of a given size against `dd conv=fsync` on the same disk, in turn; the median ratio of several
 * rounds. Usage: node test/bench/checkpoint.mjs [--megabytes 1500] [--rounds 5] [--folder FOLDER]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LocalCheckpointStore, localCheckpointOptions } from "codex-plugin-checkpoint-local";
import { median } from "./statistics.mjs";

const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "1500" },
    rounds: { type: "string", default: "5" },
    folder: { type: "string", default: tmpdir() },
  },
});
const megabytes = Number(values.megabytes);
const folder = mkdtempSync(join(values.folder, "codex-bench-"));
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** One third parameters, two thirds moments, in tensors of 8 MB, in shared memory as the trainer has them. */
function tensorsOf(bytes, prefix) {
  const length = 2 * 1024 * 1024;
  const tensors = {};
  for (let at = 0; at < bytes; at += length * 4) {
    const data = new Float32Array(new SharedArrayBuffer(length * 4));
    for (let index = 0; index < length; index++) data[index] = index * 1.0001 + at;
    tensors[`${prefix}.${at}`] = { shape: [length], dtype: "float32", data };
  }
  return tensors;
}

const model = tensorsOf((megabytes / 3) * 1e6, "w");
const optimizer = tensorsOf((megabytes / 3) * 2e6, "m");
const sizeBytes = [...Object.values(model), ...Object.values(optimizer)].reduce(
  (sum, { data }) => sum + data.byteLength,
  0,
);
const store = new LocalCheckpointStore(localCheckpointOptions.parse({ keepLast: 1, keepBest: 0 }), folder, silent);
const ratios = [];
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    const ddStart = performance.now();
    const count = Math.round(sizeBytes / (4 * 1024 * 1024));
    execFileSync("dd", ["if=/dev/zero", `of=${join(folder, "dd")}`, "bs=4M", `count=${count}`, "conv=fsync"], {
      stdio: "ignore",
    });
    const ddMs = performance.now() - ddStart;
    rmSync(join(folder, "dd"));
    const start = performance.now();
    await store.save({
      step: round + 1,
      model,
      optimizer,
      modelDescription: {},
      parts: {},
      metrics: {},
      attachments: [],
    });
    const saveMs = performance.now() - start;
    ratios.push(ddMs / saveMs);
    console.log(
      JSON.stringify({ round, sizeBytes, ddMs: Math.round(ddMs), saveMs: Math.round(saveMs), ratio: ddMs / saveMs }),
    );
  }
  console.log(JSON.stringify({ medianRatio: median(ratios) }));
} finally {
  await store.dispose();
  rmSync(folder, { recursive: true, force: true });
}
