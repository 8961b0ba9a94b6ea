// How long `codex metrics ingest` takes: the whole command, from its start to its end, for a run of so many rows of
// metrics.ndjson. Usage:
//   node test/bench/ingest.mjs [--rows 1000000] [--metrics 6] [--to sqlite,csv] [--rounds 3] [--folder FOLDER]
// A training step's row has 6 metrics. Prints a line a turn and, last, one line of JSON. DuckDB is measured where it is
// installed.
import { spawnSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.mjs";
import { spread } from "./statistics.mjs";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    metrics: { type: "string", default: "6" },
    to: { type: "string", default: "sqlite" },
    rounds: { type: "string", default: "3" },
    folder: { type: "string", default: tmpdir() },
  },
});
const [rows, metrics, rounds] = [Number(flags.rows), Number(flags.metrics), Number(flags.rounds)];
const root = fileURLToPath(new URL("../..", import.meta.url));
const names = ["train/loss", "train/gradNorm", "train/learningRate", "train/tokensPerSecond", "train/stepMs"];
const keys = [...names, "system/memoryBytes", ...Array.from({ length: metrics }, (_, n) => `more/${n}`)].slice(
  0,
  metrics,
);

function writeRun(project) {
  const run = join(project, "runs/bench");
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, "run.json"), JSON.stringify({ runId: "20260101-120000-bench-00ff", status: "finished" }));
  const file = openSync(join(run, "metrics.ndjson"), "w");
  let text = "";
  for (let seq = 1; seq <= rows; seq++) {
    const row = { seq, step: seq, timeMs: 1767268800000 + seq * 250 };
    for (const [index, key] of keys.entries())
      row[key] = key.endsWith("Bytes") ? seq * 4096 : Math.sin(seq * (index + 1));
    text += `${JSON.stringify(row)}\n`;
    if (text.length > 1 << 20 || seq === rows) {
      writeSync(file, text);
      text = "";
    }
  }
  closeSync(file);
  return statSync(join(run, "metrics.ndjson")).size;
}

/** Seconds, seconds of processor time and peak MiB of the whole command. */
function turn(project, type, target) {
  const command = [join(root, "core/kernel/bin/codex.js"), "metrics", "ingest", "runs", "--to", type, target, "--json"];
  const probe = "process.on('exit', () => require('fs').writeSync(2, JSON.stringify(process.resourceUsage())))";
  writeFileSync(join(project, "probe.cjs"), probe);
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--require", "./probe.cjs", ...command], {
    cwd: project,
    encoding: "utf8",
  });
  const seconds = (performance.now() - startedAt) / 1000;
  if (status !== 0) throw new Error(`codex metrics ingest --to ${type} failed: ${stderr}`);
  const usage = JSON.parse(/\{.*\}$/.exec(stderr)[0]);
  return { seconds, cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6, peakMiB: usage.maxRSS / 1024 };
}

const project = mkdtempSync(join(flags.folder, "codex-bench-"));
try {
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"), "junction");
  writeFileSync(join(project, "package.json"), "{}");
  const result = { rows, metrics, values: rows * metrics, inputBytes: writeRun(project), sinks: {} };
  for (const type of flags.to.split(",")) {
    const turns = [];
    const target = join(project, `metrics.${type}`);
    for (let round = 0; round < rounds; round++) {
      rmSync(target, { force: true });
      turns.push(turn(project, type, target));
      const { seconds, cpuSeconds, peakMiB } = turns.at(-1);
      const cost = `${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of processor time, ${peakMiB.toFixed(0)} MiB`;
      console.log(`${type}: ${rows} rows, ${rows * metrics} values: ${cost}`);
    }
    const again = turn(project, type, target);
    const cost = `${again.seconds.toFixed(2)} s, ${again.cpuSeconds.toFixed(2)} s of processor time`;
    console.log(`${type}: the same again: ${cost}`);
    const seconds = spread(turns.map((each) => each.seconds));
    const cpuSeconds = spread(turns.map((each) => each.cpuSeconds));
    const peakMiB = Math.max(...turns.map((each) => each.peakMiB));
    result.sinks[type] = { seconds, cpuSeconds, peakMiB, againSeconds: again.seconds, bytes: statSync(target).size };
  }
  console.log(JSON.stringify({ machine: describeMachine(), ...result }));
} finally {
  rmSync(project, { recursive: true, force: true });
}
