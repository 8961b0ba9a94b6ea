import { CodexError } from "../errors/codex-error.js";
import { configErrors } from "../errors/config-errors.js";
import { type ConfigOrigin, describeOrigin, originPlace } from "./config-origin.js";
import { type ConfigPath, pathText } from "./config-tree.js";

/** One mistake of a config, with the place to correct. */
export interface ConfigProblem {
  readonly error: CodexError;
  /** Dotted path from the root; absent when the mistake is of no key. */
  readonly key?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The spelling that was probably meant. */
  readonly nearest?: string;
}

type ConfigErrorCode = Exclude<keyof typeof configErrors, "definitions">;

export interface ProblemContent {
  readonly what: string;
  readonly why?: string;
  readonly fix?: string;
  readonly nearest?: string;
}

/** `configs/quickstart.yaml:4:3 → model.layerCount`, or `override model.layerCount`. */
export function whereOf(origin: ConfigOrigin, path: ConfigPath = []): string {
  const place = originPlace(origin) ?? describeOrigin(origin);
  return path.length === 0 || origin.kind === "override" ? place : `${place} → ${pathText(path)}`;
}

export function configProblem(
  code: ConfigErrorCode,
  path: ConfigPath,
  origin: ConfigOrigin,
  { nearest, ...content }: ProblemContent,
): ConfigProblem {
  return problemOf(configErrors[code]({ ...content, where: whereOf(origin, path) }), path, origin, nearest);
}

/** A coded error as a problem of a key. */
export function problemOf(error: CodexError, path: ConfigPath, origin: ConfigOrigin, nearest?: string): ConfigProblem {
  const { file, line, column } = origin;
  const key = path.length > 0 ? pathText(path) : undefined;
  return { error, ...defined({ key, file, line, column, nearest }) };
}

/**
 * Throws when there are problems: a single one as itself, several as one error that lists them all, in the order of
 * the files.
 *
 * @throws CODEX_CONFIG_INVALID, or the code of the only problem
 */
export function throwProblems(problems: readonly ConfigProblem[]): void {
  const [first] = problems;
  if (!first) return;
  if (problems.length === 1) throw Object.assign(first.error, { problems });
  const sorted = [...problems].sort(byPlace);
  const lines = sorted.map(({ error, key }) => `  ${placeOf(error, key)}: ${error.what} [${error.code}]`);
  const files = new Set(sorted.map((problem) => problem.file).filter(Boolean));
  throw Object.assign(
    configErrors.CODEX_CONFIG_INVALID({
      what: `The config has ${problems.length} mistakes:\n${lines.join("\n")}`,
      where: files.size > 0 ? [...files].join(", ") : undefined,
    }),
    { problems: sorted },
  );
}

/** Where a problem is, without its key where the sentence that follows names it. */
function placeOf({ where = "", what }: CodexError, key: string | undefined): string {
  return key !== undefined && what.includes(key) ? where.replace(` → ${key}`, "") : where;
}

function byPlace(one: ConfigProblem, other: ConfigProblem): number {
  const [file, otherFile] = [one.file ?? "\uffff", other.file ?? "\uffff"];
  if (file !== otherFile) return file < otherFile ? -1 : 1;
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}

function defined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;
}
