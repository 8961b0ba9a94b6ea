import { createHash } from "node:crypto";
import type { Corpus, CorpusDocument } from "codex-core";
import type { FoundFile } from "./find-files.js";
import { defaultSizes, type ReadSizes, readText } from "./read-text.js";

const partMark = "#part-";

/**
 * Text files as documents, in a fixed order. A file too long to be one string comes as several documents, whose ids
 * after the first end in `#part-2`, `#part-3` …
 */
export class TextCorpus implements Corpus {
  constructor(
    private readonly files: readonly FoundFile[],
    private readonly signal: AbortSignal,
    private readonly sizes: ReadSizes = defaultSizes,
  ) {}

  async *documents(): AsyncIterable<CorpusDocument> {
    for (const file of this.files) {
      let part = 1;
      for await (const text of readText(file, this.sizes)) {
        this.signal.throwIfAborted();
        yield { id: part === 1 ? file.id : `${file.id}${partMark}${part}`, text };
        part++;
      }
    }
  }

  async fingerprint(): Promise<string> {
    const hash = createHash("sha256");
    for await (const { id, text } of this.documents()) {
      hash.update(`${JSON.stringify(id)} ${createHash("sha256").update(text).digest("hex")}\n`);
    }
    return hash.digest("hex");
  }
}

/** The id of the file that a document is a part of. */
export function fileIdOf(documentId: string): string {
  return documentId.replace(/#part-[0-9]+$/, "");
}
