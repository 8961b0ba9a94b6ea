import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { cliErrors } from "../../errors/cli-errors.js";

/**
 * The prompts of a file: one a line, empty lines left out; in a `.jsonl` file each line is a JSON string or an object
 * with one as its `prompt`.
 *
 * @throws CODEX_CLI_INVALID_VALUE when the file cannot be read, holds none, or a line is something else
 */
export async function readPrompts(file: string, workingFolder: string): Promise<string[]> {
  const invalid = (what: string, cause?: unknown) =>
    cliErrors.CODEX_CLI_INVALID_VALUE({ what, where: `--prompts ${file}`, cause });
  const text = await readFile(resolve(workingFolder, file), "utf8").catch((error: Error) => {
    throw invalid(`The prompts cannot be read: ${error.message}.`, error);
  });
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const numbered = lines.map((line, index) => ({ line, number: index + 1 })).filter(({ line }) => line.trim() !== "");
  if (numbered.length === 0) throw invalid("The file holds no prompt.");
  if (!file.endsWith(".jsonl")) return numbered.map(({ line }) => line);
  return numbered.map(({ line, number }) => {
    const prompt = promptOf(line);
    if (prompt === undefined) throw invalid(`Line ${number} is neither a JSON string nor an object with a prompt.`);
    return prompt;
  });
}

function promptOf(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const prompt = typeof value === "object" && value !== null && "prompt" in value ? value.prompt : value;
    return typeof prompt === "string" ? prompt : undefined;
  } catch {
    return undefined;
  }
}
