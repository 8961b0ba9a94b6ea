/**
 * Preparing text against its tokenizer alone, in turn in one run: text from a seeded generator is encoded by one thread
 * from memory, then prepared from files by the plugin, by as many threads as it takes itself. Prints the median of the
 * pairwise ratios. Usage: node test/bench/prepare.mjs [--megabytes 1000] [--rounds 3] [--tokenizer char|gpt2]
 */
import { mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BatchSourcePoint, CorpusPoint, TokenizerPoint } from "codex-core";
import { createFromPlugin } from "codex-core/testing";
import dataText from "codex-plugin-data-text";
import tokenizerChar from "codex-plugin-tokenizer-char";
import tokenizerTiktoken from "codex-plugin-tokenizer-tiktoken";
import { writeSeededText } from "../support/seeded-text.mjs";
import { describeMachine } from "./machine.mjs";
import { median } from "./statistics.mjs";

const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
    tokenizer: { type: "string", default: "gpt2" },
  },
});
const sizeBytes = Number(values.megabytes) * 1e6;
const folder = mkdtempSync(join(tmpdir(), "codex-bench-"));
const safety = { fingerprint: "none", inspect: async (texts) => texts };

/** The start of a file, as the tokenizer's own throughput is measured on. */
function textOf(path, length) {
  const bytes = Buffer.alloc(length);
  const count = readSync(openSync(path), bytes, 0, length, 0);
  return bytes.toString("utf8", 0, count);
}

function aloneMs(tokenizer, text) {
  const start = performance.now();
  for (let at = 0; at < text.length; at += 2 ** 20) tokenizer.encode(text.slice(at, at + 2 ** 20));
  return performance.now() - start;
}

async function prepareMs(paths, tokenizer, round) {
  const cache = join(folder, `cache-${round}`);
  const settings = { options: { paths }, context: { seed: 1, folders: { project: folder, cache } } };
  const start = performance.now();
  const corpus = await createFromPlugin(dataText, CorpusPoint, "text", settings);
  const dependencies = { corpus, tokenizer, safety };
  const source = await createFromPlugin(dataText, BatchSourcePoint, "text", { ...settings, dependencies });
  await source.prepare();
  const took = performance.now() - start;
  await source.dispose();
  rmSync(cache, { recursive: true, force: true });
  return took;
}

try {
  const paths = await writeSeededText((index) => join(folder, `${index}.txt`), sizeBytes);
  const sample = textOf(paths[0], Math.min(sizeBytes, values.tokenizer === "char" ? 128e6 : 16e6));
  const parts = {
    corpus: {
      documents: async function* () {
        yield { id: "sample", text: sample };
      },
    },
    safety,
  };
  const tokenizer =
    values.tokenizer === "char"
      ? await createFromPlugin(tokenizerChar, TokenizerPoint, "char", { dependencies: parts })
      : await createFromPlugin(tokenizerTiktoken, TokenizerPoint, "tiktoken", { options: { encoding: "gpt2" } });
  aloneMs(tokenizer, sample.slice(0, 2e6));
  const ratios = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const aloneRate = sample.length / 1e3 / aloneMs(tokenizer, sample);
    const preparedRate = sizeBytes / 1e3 / (await prepareMs(paths, tokenizer, round));
    ratios.push(preparedRate / aloneRate);
    console.log(JSON.stringify({ round, aloneRate, preparedRate, ratio: preparedRate / aloneRate }));
  }
  console.log(JSON.stringify({ ...values, medianRatio: median(ratios), machine: describeMachine() }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
