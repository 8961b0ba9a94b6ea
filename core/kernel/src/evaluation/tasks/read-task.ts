import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { type ConfigProblem, whereOf } from "../../config/config-problem.js";
import { type ConfigNode, nearestNode, toJson } from "../../config/config-tree.js";
import { isForbiddenKey } from "../../config/forbidden-keys.js";
import { readYaml } from "../../config/read-yaml.js";
import type { Json, JsonObject } from "../../contracts/json.js";
import { isCodexError } from "../../errors/codex-error.js";
import { evaluationErrors } from "../../errors/evaluation-errors.js";
import { isJsonObject } from "../../plugins/read-json-file.js";
import { type TaskForm, taskForm } from "./task-form.js";
import { taskMistakes } from "./task-mistakes.js";

/** One item of a task's data. */
export interface TaskRow {
  readonly fields: JsonObject;
  /** `tasks/capitals.jsonl:3` */
  readonly place: string;
}

/** A task, read and checked. */
export interface Task {
  /** The file's name without its ending. */
  readonly name: string;
  readonly file: string;
  readonly form: TaskForm;
  readonly rows: readonly TaskRow[];
  /** Rows that shots are taken from: those of `shots.from`, or the task's own. */
  readonly shotRows: readonly TaskRow[];
  /** `tasks/capitals.yaml:4:3 → metric.bleu`: where a key stands in the file, or what is around it. */
  placeOf(...path: readonly string[]): string;
}

const mostBytes = 1 << 28;

/** @throws CODEX_TASK_INVALID, CODEX_TASK_DATA, CODEX_TASK_UNREADABLE */
export async function readTask(file: string): Promise<Task> {
  const name = basename(file, extname(file));
  const invalid = (what: string, where = file, cause?: unknown) =>
    evaluationErrors.CODEX_TASK_INVALID({ what: `${file} is no task: ${what}.`, where, cause });
  if (!/^[A-Za-z0-9._-]+$/.test(name)) throw invalid("its name may have letters, digits, dots, dashes and underscores");
  const text = (await readBytes(file, file)).toString("utf8");
  const tree = readTree(text, file);
  const placeOf = (...path: readonly string[]) => whereOf(nearestNode(tree, path).origin, path);
  const plain = toJson(tree);
  const { data: form, error } = taskForm.safeParse(plain);
  if (error) {
    const mistakes = taskMistakes(plain, error);
    const line = (path: readonly string[]) => ` (line ${nearestNode(tree, path).origin.line})`;
    const texts = mistakes.map((each) => each.text + (mistakes.length > 1 ? line(each.path) : ""));
    throw invalid(texts.join("; "), placeOf(...(mistakes[0]?.path ?? [])), error);
  }
  const dataFile = resolve(dirname(file), form.data);
  const rows = (await readRows(dataFile, placeOf("data"))).slice(0, form.limit);
  const { from } = form.shots ?? {};
  const shotFile = from === undefined ? dataFile : resolve(dirname(file), from);
  const shotRows = from === undefined ? rows : await readRows(shotFile, placeOf("shots", "from"));
  if (rows.length === 0) throw invalid(`${form.data} has no items`, placeOf("data"));
  // No item is shown its own answer.
  const [shots, found] = [form.shots?.count ?? 0, shotRows.length - (shotFile === dataFile ? 1 : 0)];
  if (found < shots) throw invalid(`there are ${found} items for ${shots} shots`, placeOf("shots", "count"));
  return { name, file, form, rows, shotRows, placeOf };
}

/** @throws CODEX_TASK_INVALID naming the place of the first mistake */
function readTree(text: string, file: string): ConfigNode {
  try {
    return readYaml(text, { kind: "preset", name: file, file });
  } catch (error) {
    const { problems = [] } = error as { problems?: readonly ConfigProblem[] };
    const [first] = problems;
    if (!isCodexError(error) || !first) throw error;
    const mistakes = problems.map((problem) => `  line ${problem.line}: ${problem.error.what}`);
    const what =
      problems.length === 1 ? `${file} is no YAML: ${first.error.what}` : `${file} is no YAML:\n${mistakes.join("\n")}`;
    throw evaluationErrors.CODEX_TASK_INVALID({ what, where: first.error.where, cause: error });
  }
}

/**
 * @param asked where the file is named
 * @throws CODEX_TASK_UNREADABLE
 */
async function readBytes(file: string, asked: string): Promise<Buffer> {
  return await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const what = error.code === "ENOENT" ? `There is no file ${file}.` : `${file} cannot be read: ${error.message}.`;
    throw evaluationErrors.CODEX_TASK_UNREADABLE({ what, where: asked, cause: error });
  });
}

async function readRows(file: string, asked: string): Promise<TaskRow[]> {
  const problem = (what: string, where: string) => evaluationErrors.CODEX_TASK_DATA({ what, where });
  const bytes = await readBytes(file, asked);
  if (bytes.length > mostBytes) {
    const fix = "Measure a part of it: put the first lines into a file of their own.";
    const what = `The file has ${bytes.length} bytes; ${mostBytes} are read.`;
    throw evaluationErrors.CODEX_TASK_DATA({ what, where: file, fix });
  }
  const lines = bytes
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  return lines.flatMap((line, index) => {
    const place = `${file}:${index + 1}`;
    if (line.trim() === "") return [];
    const fields = parseLine(line);
    if (!isJsonObject(fields)) throw problem("The line is no JSON object.", place);
    return [{ fields, place }];
  });
}

function parseLine(line: string): Json | undefined {
  try {
    return JSON.parse(line, (key, value) => (isForbiddenKey(key) ? undefined : value));
  } catch {
    return undefined;
  }
}
