// Benchmarks against PyTorch on the same machine, in turn:
//   npm run bench -- train --shapes S,M,L --python PATH [--rounds 5] [--seconds 4]   speed, loss parity, memory
//   npm run bench -- startup --python PATH [--rounds 5]                               process start to first step done, S
//   npm run bench -- help [--rounds 10]                                               codex --help
// Prints a table and, last, one line of JSON.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.mjs";
import { startPeer } from "./peer-process.mjs";
import { median, spread } from "./statistics.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const {
  values: flags,
  positionals: [mode],
} = parseArgs({
  allowPositionals: true,
  options: {
    shapes: { type: "string", default: "S,M,L" },
    python: { type: "string", default: "python3" },
    rounds: { type: "string" },
    seconds: { type: "string", default: "4" },
    compute: { type: "string", default: "onnx" },
  },
});

const peerScript = here("peers/pytorch_gpt.py");
const codexCommand = (shape, ...more) => [
  process.execPath,
  here("serve.mjs"),
  "--shape",
  shape,
  "--compute",
  flags.compute,
  ...more,
];
const peerCommand = (shape) => [flags.python, peerScript, "serve", "--shape", shape];
const digits = (value, count = 2) => value.toFixed(count);

/** Both servers of one shape, in turn; each turn lasts about as long as `--seconds` says. */
async function compareShape(shape, rounds) {
  const folder = mkdtempSync(join(tmpdir(), "codex-bench-"));
  try {
    const { status } = spawnSync(flags.python, [peerScript, "export", folder, "--shape", shape], { stdio: "inherit" });
    if (status !== 0) throw new Error(`The export of shape ${shape} failed.`);
    const servers = {
      codex: startPeer(codexCommand(shape, "--reference", folder)),
      torch: startPeer(peerCommand(shape)),
    };
    await Promise.all(Object.values(servers).map((server) => server.ready));
    const warm = { codex: await servers.codex.run(20), torch: await servers.torch.run(20) };
    const parity = Math.max(...warm.codex.loss.map((loss, i) => Math.abs(loss / warm.torch.loss[i] - 1)));
    const steps = Math.max(2, Math.round((Number(flags.seconds) * 1000) / median(warm.torch.ms)));
    const turns = [];
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 ? ["torch", "codex"] : ["codex", "torch"];
      const replies = {};
      for (const name of order) replies[name] = await servers[name].run(steps);
      turns.push({ codex: median(replies.codex.ms), torch: median(replies.torch.ms), replies });
    }
    const last = turns.at(-1).replies;
    await Promise.all(Object.values(servers).map((server) => server.stop()));
    return {
      shape,
      rounds,
      stepsPerTurn: steps,
      codexMs: median(turns.map((turn) => turn.codex)),
      torchMs: median(turns.map((turn) => turn.torch)),
      speedRatio: spread(turns.map((turn) => turn.torch / turn.codex)),
      lossDifference20Steps: parity,
      codexPeakBytes: last.codex.peakMemoryBytes,
      torchPeakBytes: last.torch.peakMemoryBytes,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function train() {
  const results = [];
  for (const shape of flags.shapes.split(",")) {
    const result = await compareShape(shape, Number(flags.rounds ?? 5));
    results.push(result);
    const { median: ratio, min, max } = result.speedRatio;
    console.log(
      `${shape}: codex ${digits(result.codexMs)} ms, PyTorch ${digits(result.torchMs)} ms a step; ` +
        `speed ratio ${digits(ratio)} (${digits(min)}–${digits(max)}); ` +
        `losses within ${result.lossDifference20Steps.toExponential(1)} over 20 steps; ` +
        `peak ${Math.round(result.codexPeakBytes / 1e6)} MB against ${Math.round(result.torchPeakBytes / 1e6)} MB`,
    );
  }
  return results;
}

/** Process start to first step done, S. */
async function startup() {
  const times = { codex: [], torch: [] };
  for (let round = 0; round < Number(flags.rounds ?? 5); round++) {
    for (const [name, command] of [
      ["codex", codexCommand("S")],
      ["torch", peerCommand("S")],
    ]) {
      const server = startPeer(command);
      await server.run(1);
      await server.ready;
      times[name].push(server.sinceStart());
      await server.stop();
    }
  }
  const result = { codexMs: spread(times.codex), torchMs: spread(times.torch) };
  console.log(
    `first step: codex ${digits(result.codexMs.median, 0)} ms, PyTorch ${digits(result.torchMs.median, 0)} ms`,
  );
  return result;
}

/** `codex --help`, the whole process. */
function help() {
  const command = here("../../core/kernel/dist/cli/main.js");
  const times = Array.from({ length: Number(flags.rounds ?? 10) }, () => {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, [command, "--help"]);
    if (status !== 0) throw new Error("codex --help failed.");
    return performance.now() - started;
  });
  console.log(`codex --help: ${digits(median(times), 0)} ms`);
  return spread(times);
}

const modes = { train, startup, help };
if (!Object.hasOwn(modes, mode ?? "")) {
  console.error("Usage: npm run bench -- train|startup|help [--shapes S,M,L] [--python PATH] [--rounds N]");
  process.exit(2);
}
const machine = describeMachine(mode === "help" ? undefined : flags.python);
console.log(
  `${machine.processor}, ${machine.instructionSet}, ${machine.cores} cores, load ${digits(machine.loadAverage)}`,
);
const result = await modes[mode]();
console.log(JSON.stringify({ mode, at: new Date().toISOString(), machine, result }));
