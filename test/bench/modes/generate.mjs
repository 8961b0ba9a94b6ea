// Text generation against transformers on the same machine, in turn: GPT-2 124M, batch 1, greedy, float32, with caches.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPeer } from "../peer-process.mjs";
import { median, spread } from "../statistics.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Both servers in turn, codex first in every other round; each turn writes `tokens` tokens on from one prompt. */
async function compareGeneration({ python, rounds, tokens, promptTokens, compute, threads }) {
  const folder = mkdtempSync(join(tmpdir(), "codex-bench-"));
  const script = here("../peers/transformers_generate.py");
  const sizes = ["--prompt-tokens", String(promptTokens), ...(threads ? ["--threads", String(threads)] : [])];
  try {
    const { status } = spawnSync(python, [script, "export", folder], { stdio: "inherit" });
    if (status !== 0) throw new Error("The export of the weights failed.");
    const servers = {
      codex: startPeer([process.execPath, here("../generate-serve.mjs"), folder, "--compute", compute, ...sizes]),
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
function describeGeneration(result) {
  const { codexTokensPerSecond: ours, transformersTokensPerSecond: theirs, speedRatio: ratio } = result;
  return (
    `codex ${ours.median.toFixed(1)}, transformers ${theirs.median.toFixed(1)} tokens/s; ` +
    `speed ratio ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}); ` +
    `first token after ${Math.round(result.codexFirstTokenMs)} ms; ` +
    `the first ${result.equalIds} of ${result.tokens} ids are equal; ` +
    `peak ${Math.round(result.codexPeakBytes / 1e6)} MB against ${Math.round(result.transformersPeakBytes / 1e6)} MB`
  );
}

/** Generation beside transformers. */
export async function run({ python, rounds, tokens, "prompt-tokens": promptTokens, compute, threads }) {
  const result = await compareGeneration({ python, rounds, tokens, promptTokens, compute, threads });
  console.log(describeGeneration(result));
  return result;
}
