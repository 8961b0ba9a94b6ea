// Text generation against transformers on the same machine, in turn: GPT-2 124M, batch 1, greedy, float32, with caches.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPeer } from "../peer-process.mjs";
import { median, spread } from "../statistics.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Servers in turn, the other way round in every other round; each turn writes `tokens` tokens on from one prompt. */
async function compareGeneration({ python, rounds, tokens, promptTokens, drafts, compute, threads }) {
  const folder = mkdtempSync(join(tmpdir(), "codex-bench-"));
  const script = here("../peers/transformers_generate.py");
  const sizes = ["--prompt-tokens", String(promptTokens), ...(threads ? ["--threads", String(threads)] : [])];
  try {
    const { status } = spawnSync(python, [script, "export", folder], { stdio: "inherit" });
    if (status !== 0) throw new Error("The export of the weights failed.");
    const codex = [process.execPath, here("../generate-serve.mjs"), folder, "--compute", compute, ...sizes];
    const servers = {
      codex: startPeer([...codex, "--drafts", String(drafts)]),
      undrafted: startPeer(codex),
      transformers: startPeer([python, script, "serve", folder, ...sizes]),
    };
    const [, , { versions }] = await Promise.all(Object.values(servers).map((server) => server.ready));
    // The first turn loads programs, those of drafts too.
    for (const server of Object.values(servers)) await server.run(Math.max(64, tokens));
    const turns = [];
    for (let round = 0; round < rounds; round++) {
      const turn = {};
      const order = Object.keys(servers);
      if (round % 2) order.reverse();
      for (const name of order) turn[name] = await servers[name].run(tokens);
      turns.push(turn);
    }
    await Promise.all(Object.values(servers).map((server) => server.stop()));
    const speed = (name) => spread(turns.map((turn) => (tokens * 1000) / turn[name].ms));
    const [first] = turns;
    const equalIds = (other) => {
      const differing = first.codex.ids.findIndex((id, index) => id !== first[other].ids[index]);
      return differing < 0 ? tokens : differing;
    };
    const peakBytes = (name) => turns.at(-1)[name].peakMemoryBytes;
    return {
      tokens,
      promptTokens,
      rounds,
      versions,
      codexTokensPerSecond: speed("codex"),
      undraftedTokensPerSecond: speed("undrafted"),
      transformersTokensPerSecond: speed("transformers"),
      speedRatio: spread(turns.map((turn) => turn.transformers.ms / turn.codex.ms)),
      draftRatio: spread(turns.map((turn) => turn.undrafted.ms / turn.codex.ms)),
      drafts: turns.at(-1).codex.drafts,
      codexFirstTokenMs: median(turns.map((turn) => turn.codex.firstTokenMs)),
      equalIds: equalIds("transformers"),
      undraftedEqualIds: equalIds("undrafted"),
      codexPeakBytes: peakBytes("codex"),
      undraftedPeakBytes: peakBytes("undrafted"),
      transformersPeakBytes: peakBytes("transformers"),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One line a person reads. */
function describeGeneration(result) {
  const { codexTokensPerSecond: ours, undraftedTokensPerSecond: plain, transformersTokensPerSecond: theirs } = result;
  const ratio = ({ median: middle, min, max }) => `${middle.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
  const megabytes = (bytes) => Math.round(bytes / 1e6);
  const guesses = result.drafts ? `${result.drafts.right} of ${result.drafts.guessed} guesses right` : "no guesses";
  return (
    `codex ${ours.median.toFixed(1)}, without drafts ${plain.median.toFixed(1)}, ` +
    `transformers ${theirs.median.toFixed(1)} tokens/s; ` +
    `speed ratio to transformers ${ratio(result.speedRatio)}, to no drafts ${ratio(result.draftRatio)}; ${guesses}; ` +
    `first token after ${Math.round(result.codexFirstTokenMs)} ms; ` +
    `the first ${result.equalIds} of ${result.tokens} ids equal those of transformers, ` +
    `${result.undraftedEqualIds} those without drafts; peak ${megabytes(result.codexPeakBytes)} MB, ` +
    `without drafts ${megabytes(result.undraftedPeakBytes)}, transformers ${megabytes(result.transformersPeakBytes)}`
  );
}

/** Generation beside transformers. */
export async function run({ python, rounds, tokens, "prompt-tokens": promptTokens, drafts, compute, threads }) {
  const result = await compareGeneration({ python, rounds, tokens, promptTokens, drafts, compute, threads });
  console.log(describeGeneration(result));
  return result;
}
