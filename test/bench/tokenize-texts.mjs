// Encodes texts on demand, by the line protocol of peers/tokenizers_peer.py: node test/bench/tokenize-texts.mjs NAME DIR
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createTokenizer } from "./create-tokenizer.mjs";

const [name, folder] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(join(folder, "texts.json"), "utf8"));
const tokenizer = await createTokenizer(name, texts);
const print = (reply) => process.stdout.write(`${JSON.stringify(reply)}\n`);
print({ ready: true, peer: "codex" });
for await (const line of createInterface({ input: process.stdin })) {
  const ms = [];
  let rows = [];
  for (let i = 0; i < Number(line); i++) {
    const started = performance.now();
    rows = texts.map((text) => tokenizer.encode(text));
    ms.push(performance.now() - started);
  }
  const digest = createHash("sha256");
  for (const row of rows) digest.update(row);
  print({ ms, tokens: rows.reduce((sum, row) => sum + row.length, 0), digest: digest.digest("hex") });
}
