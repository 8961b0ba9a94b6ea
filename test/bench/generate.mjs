// Text generation against transformers on the same machine, in turn: GPT-2 124M, batch 1, greedy, float32, with caches.
//   node test/bench/generate.mjs --python PATH [--rounds 5] [--tokens 128] [--prompt-tokens 32] [--compute onnx] [--threads N]
// PATH is a Python with torch, transformers and safetensors. Prints a summary and, last, one line of JSON.
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

/** Both servers in turn, codex first in every other round; each turn writes `tokens` tokens on from one prompt. */
export async function compareGeneration({
  python,
  rounds = 5,
  tokens = 128,
  promptTokens = 32,
  compute = "onnx",
  threads,
}) {
  const folder = mkdtempSync(join(tmpdir(), "codex-bench-"));
  const script = here("peers/transformers_generate.py");
  const sizes = ["--prompt-tokens", String(promptTokens), ...(threads ? ["--threads", threads] : [])];
  try {
    const { status } = spawnSync(python, [script, "export", folder], { stdio: "inherit" });
    if (status !== 0) throw new Error("The export of the weights failed.");
    const servers = {
      codex: startPeer([process.execPath, here("generate-serve.mjs"), folder, "--compute", compute, ...sizes]),
      transformers: startPeer([python, script, "serve", folder, ...sizes]),
    };
    const [, { versions }] = await Promise.all(Object.values(servers).map((server) => server.ready));
    for (const server of Object.values(servers)) await server.run(8);
    const turns = [];
    for (let round = 0; round < rounds; round++) {
      const turn = {};
      const order = round % 2 ? ["transformers", "codex"] : ["codex", "transformers"];
      for (const name of order) turn[name] = await servers[name].run(tokens);
      turns.push(turn);
    }
    await Promise.all(Object.values(servers).map((server) => server.stop()));
    const speed = (name) => spread(turns.map((turn) => (tokens * 1000) / turn[name].ms));
    const [{ codex, transformers }] = turns;
    const differing = codex.ids.findIndex((id, index) => id !== transformers.ids[index]);
    return {
      tokens,
      promptTokens,
      rounds,
      versions,
      codexTokensPerSecond: speed("codex"),
      transformersTokensPerSecond: speed("transformers"),
      speedRatio: spread(turns.map((turn) => turn.transformers.ms / turn.codex.ms)),
      codexFirstTokenMs: median(turns.map((turn) => turn.codex.firstTokenMs)),
      equalIds: differing < 0 ? tokens : differing,
      codexPeakBytes: turns.at(-1).codex.peakMemoryBytes,
      transformersPeakBytes: turns.at(-1).transformers.peakMemoryBytes,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One line a person reads. */
export function describeGeneration(result) {
  const { codexTokensPerSecond: ours, transformersTokensPerSecond: theirs, speedRatio: ratio } = result;
  return (
    `codex ${ours.median.toFixed(1)}, transformers ${theirs.median.toFixed(1)} tokens/s; ` +
    `speed ratio ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}); ` +
    `first token after ${Math.round(result.codexFirstTokenMs)} ms; ` +
    `the first ${result.equalIds} of ${result.tokens} ids are equal; ` +
    `peak ${Math.round(result.codexPeakBytes / 1e6)} MB against ${Math.round(result.transformersPeakBytes / 1e6)} MB`
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values: flags } = parseArgs({
    options: {
      python: { type: "string", default: "python3" },
      rounds: { type: "string", default: "5" },
      tokens: { type: "string", default: "128" },
      "prompt-tokens": { type: "string", default: "32" },
      compute: { type: "string", default: "onnx" },
      threads: { type: "string" },
    },
  });
  const machine = describeMachine(flags.python);
  const [rounds, tokens, promptTokens] = ["rounds", "tokens", "prompt-tokens"].map((name) => Number(flags[name]));
  const { python, compute, threads } = flags;
  const result = await compareGeneration({ python, compute, threads, rounds, tokens, promptTokens });
  console.log(
    `${machine.processor}, ${machine.instructionSet}, ${machine.cores} cores, load ${machine.loadAverage.toFixed(2)}`,
  );
  console.log(describeGeneration(result));
  console.log(JSON.stringify({ mode: "generate", at: new Date().toISOString(), machine, result }));
}
