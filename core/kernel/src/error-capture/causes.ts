import { type CodexError, isCodexError } from "../errors/codex-error.js";

const most = 20;

/** What an error came of: the mistakes that it lists, and its causes, outermost first. */
export function causesOf(error: CodexError): readonly string[] {
  const causes: string[] = [];
  const seen = new Set<unknown>();
  for (let at: unknown = error; at !== undefined && !seen.has(at); at = at instanceof Error ? at.cause : undefined) {
    seen.add(at);
    if (at !== error) causes.push(isCodexError(at) ? at.message : String(at));
    causes.push(...mistakesOf(at));
  }
  return causes.slice(0, most);
}

/** The mistakes of an error that stands for several: of a config, of parts that failed at once. */
function mistakesOf(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.map(textOf);
  const problems = (error as { problems?: unknown } | null)?.problems;
  if (!Array.isArray(problems) || problems.length < 2) return [];
  return problems.map(({ error: mistake }: { error?: unknown }) => textOf(mistake));
}

function textOf(error: unknown): string {
  if (!isCodexError(error)) return String(error);
  return error.where === undefined ? error.message : `${error.message} (${error.where})`;
}
