// Generates on demand, by the line protocol of peers/transformers_generate.py:
//   node test/bench/generate-serve.mjs DIR [--compute onnx|wasm] [--threads N] [--prompt-tokens 32]
//     [--drafts 0] [--temperature 0]
// Replies tell of drafts too: how many guesses were compared with what came so far, and how many of them were right.
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { readSafetensors } from "codex-plugin-checkpoint-local/safetensors";
import { GptLoader } from "codex-plugin-model-gpt";
import { CachedDecoder, stateNames, writeTexts } from "codex-plugin-trainer-lm";
import { openBackend } from "./open-backend.mjs";
import { peakMemoryBytes } from "./peak-memory.mjs";

const {
  values: flags,
  positionals: [folder],
} = parseArgs({
  allowPositionals: true,
  options: {
    compute: { type: "string", default: "onnx" },
    threads: { type: "string" },
    "prompt-tokens": { type: "string", default: "32" },
    drafts: { type: "string", default: "0" },
    temperature: { type: "string", default: "0" },
  },
});

const vocabSize = 50257;
const sizes = { layerCount: 12, headCount: 12, embedDim: 768, contextLength: 1024 };
const print = (reply) => process.stdout.write(`${JSON.stringify(reply)}\n`);

const model = await new GptLoader({ ...sizes, dropout: 0, bias: true }).load({ vocabSize, dtype: "float32" });
const backend = await openBackend(flags.compute, flags.threads ? { threads: Number(flags.threads) } : {});
const { tensors } = await readSafetensors(join(folder, "model.safetensors"));
for (const name of Object.keys(model.parameters)) {
  await backend.writeState({ [stateNames.parameter(name)]: tensors[name] });
  delete tensors[name];
}
const decoder = new CachedDecoder(backend, model, 1, { tokens: Number(flags.drafts) });
const promptIds = Int32Array.from({ length: Number(flags["prompt-tokens"]) }, (_, index) => (index * 977) % vocabSize);
/** Ids are all that is compared: the prompt stands for its ids, and tokens have no text. */
const tokenizer = { vocabSize, special: {}, encode: () => promptIds, decode: () => "" };
print({ ready: true, peer: "codex", device: backend.device });

for await (const line of createInterface({ input: process.stdin })) {
  const sampling = { seed: 1, temperature: Number(flags.temperature) };
  const request = { prompts: [""], maxNewTokens: Number(line), sampling };
  const { signal } = new AbortController();
  const started = performance.now();
  const processor = process.cpuUsage();
  const ids = [];
  let firstTokenMs;
  for await (const event of writeTexts(decoder, tokenizer, { ...request, whenFull: "stop", signal })) {
    if (!("token" in event)) continue;
    firstTokenMs ??= performance.now() - started;
    ids.push(event.token.tokenId);
  }
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(processor);
  const processorMs = (user + system) / 1000;
  print({ ms, firstTokenMs, processorMs, ids, peakMemoryBytes: peakMemoryBytes(), drafts: decoder.drafts });
}
await decoder.dispose();
await backend.dispose();
