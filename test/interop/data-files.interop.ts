import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { TextCorpus } from "codex-plugin-data-text";
import { runPython } from "../support/interop.js";

/** Writes texts in many ways, prints the names of the files, and leaves the texts in texts.json. */
const program = `
import json, random, sys
import pyarrow as pa, pyarrow.parquet as pq, zstandard
folder, rng, files = sys.argv[1], random.Random(7), []
words = ["whale", "Ahab", "é", "🐋", "sea\\n", "\\"quoted\\"", "  ", "x" * 300]
texts = ["doc %d: %s" % (n, " ".join(rng.choices(words, k=rng.randint(0, 60)))) for n in range(3000)]
rows = [text for original in texts for text in ([None, original] if rng.random() < 0.1 else [original])]
for codec in ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]:
    for version in ["1.0", "2.0"]:
        for encoding in ["dictionary", "PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]:
            by_dictionary = encoding == "dictionary"
            files.append("%s-%s-%s.parquet" % (codec, version, encoding))
            pq.write_table(
                pa.table({"number": range(len(rows)), "text": rows}), folder + "/" + files[-1], compression=codec,
                row_group_size=rng.choice([100, 999, 10000]), data_page_size=rng.choice([2000, 1 << 20]),
                write_page_index=rng.random() < 0.5, data_page_version=version, use_dictionary=by_dictionary,
                column_encoding=None if by_dictionary else {"text": encoding, "number": "PLAIN"},
            )
lines = "".join(json.dumps({"text": text}) + "\\n" for text in texts).encode()
for level in [-5, 1, 3, 9, 19]:
    for checksum in [True, False]:
        files.append("level%d-%s.jsonl.zst" % (level, checksum))
        settings = dict(level=level, write_checksum=checksum, write_content_size=rng.random() < 0.5)
        cut = rng.randint(0, len(lines))
        with open(folder + "/" + files[-1], "wb") as out:
            for part in [lines[:cut], lines[cut:]]:
                out.write(zstandard.ZstdCompressor(**settings).compress(part))
json.dump(texts, open(folder + "/texts.json", "w"))
print(json.dumps(files))
`;

describe("Parquet and Zstandard files against pyarrow and the reference compressor", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "codex-data-files-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("give the texts that were written, in every codec, encoding, page version and level", async () => {
    const names = runPython(program, folder) as string[];
    const written: string[] = JSON.parse(readFileSync(join(folder, "texts.json"), "utf8"));
    expect(names).to.have.length(58);
    for (const name of names) {
      const files = [{ id: name, path: join(folder, name) }];
      const { signal } = new AbortController();
      const corpus = new TextCorpus([{ name: "text", weight: 1, textField: "text", files }], { signal });
      const texts: string[] = [];
      for await (const { text } of corpus.documents()) texts.push(text);
      expect(texts, name).to.deep.equal(written);
    }
  });
});
