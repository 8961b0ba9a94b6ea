import { createHash } from "node:crypto";
import type { SafetyFilter, SafetySpan, SafetyVerdict } from "../../contracts/safety-filter.js";

/** A safety filter that acts on one word, wherever it stands. */
export class WordFilter implements SafetyFilter {
  readonly fingerprint: string;
  readonly maxMatchLength: number;

  constructor(
    readonly word: string,
    readonly action: "redact" | "drop" | "refuse" = "redact",
  ) {
    this.maxMatchLength = word.length;
    this.fingerprint = createHash("sha256").update(`${action} ${word}`).digest("hex");
  }

  async inspect(texts: readonly string[]): Promise<readonly SafetyVerdict[]> {
    return texts.map((text) => {
      const spans: SafetySpan[] = [];
      for (let start = text.indexOf(this.word); start >= 0; start = text.indexOf(this.word, start + 1)) {
        spans.push({ start, end: start + this.word.length, rule: "word" });
      }
      return { action: spans.length > 0 ? this.action : "allow", spans };
    });
  }
}
