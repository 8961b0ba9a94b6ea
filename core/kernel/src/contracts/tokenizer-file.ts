import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CodexError } from "../errors/codex-error.js";
import { tokenizerErrors } from "../errors/tokenizer-errors.js";
import { issueText } from "./issue-text.js";
import type { OptionsSchema } from "./plugin.js";

export interface TokenizerFileSettings<Saved> {
  /** What is saved, for messages: `character vocabulary`. */
  readonly name: string;
  /** Largest size that is read. */
  readonly maxBytes: number;
  /** What the file has to hold: a zod schema, or any of the Standard Schema interface. */
  readonly schema: OptionsSchema<Saved>;
}

/** `tokenizer.json`: the one file in which a tokenizer is saved, for its `save` and `restore`. */
export class TokenizerFile<Saved> {
  constructor(readonly settings: TokenizerFileSettings<Saved>) {}

  /** Writes the file into a folder that is there. */
  async write(folder: string, saved: Saved): Promise<void> {
    await writeFile(pathIn(folder), `${JSON.stringify(saved)}\n`);
  }

  /** @throws CODEX_TOKENIZER_SAVED_INVALID when the file is missing, too large, no JSON, or not of its schema. */
  async read(folder: string): Promise<Saved> {
    const { maxBytes, schema } = this.settings;
    let content: unknown;
    try {
      const { size } = await stat(pathIn(folder));
      if (size > maxBytes) throw new Error(`it has ${size} bytes; ${maxBytes} are the most`);
      content = JSON.parse(await readFile(pathIn(folder), "utf8"));
    } catch (error) {
      throw this.invalid(folder, error instanceof Error ? error.message : String(error), error);
    }
    const result = await schema["~standard"].validate(content);
    if (result.issues) throw this.invalid(folder, result.issues.map(issueText).join("; "));
    return result.value;
  }

  /** CODEX_TOKENIZER_SAVED_INVALID, for what the schema cannot tell. */
  invalid(folder: string, problem: string, cause?: unknown): CodexError {
    const what = `The saved ${this.settings.name} cannot be used: ${problem}.`;
    return tokenizerErrors.CODEX_TOKENIZER_SAVED_INVALID({ what, where: pathIn(folder), cause });
  }
}

function pathIn(folder: string): string {
  return join(folder, "tokenizer.json");
}
