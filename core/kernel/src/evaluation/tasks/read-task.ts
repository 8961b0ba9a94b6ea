import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { toJson } from "../../config/config-tree.js";
import { isForbiddenKey } from "../../config/forbidden-keys.js";
import { readYaml } from "../../config/read-yaml.js";
import type { Json, JsonObject } from "../../contracts/json.js";
import { evaluationErrors } from "../../errors/evaluation-errors.js";
import { isJsonObject } from "../../plugins/read-json-file.js";
import { type TaskForm, taskForm } from "./task-form.js";

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
}

const mostBytes = 1 << 28;

/** @throws CODEX_TASK_INVALID, CODEX_TASK_DATA, and what reading YAML throws */
export async function readTask(file: string): Promise<Task> {
  const name = basename(file, extname(file));
  const invalid = (what: string, cause?: unknown) =>
    evaluationErrors.CODEX_TASK_INVALID({ what: `${file} is no task: ${what}.`, where: file, cause });
  if (!/^[A-Za-z0-9._-]+$/.test(name)) throw invalid("its name may have letters, digits, dots, dashes and underscores");
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw invalid(error.message, error);
  });
  const { data: form, error } = taskForm.safeParse(toJson(readYaml(text, { kind: "preset", name: file, file })));
  if (error) {
    const issues = error.issues.map(({ path, message }) =>
      path.length > 0 ? `${path.join(".")}: ${message}` : message,
    );
    throw invalid(issues.join("; "));
  }
  const rows = (await readRows(resolve(dirname(file), form.data))).slice(0, form.limit);
  const { from } = form.shots ?? {};
  const shotRows = from === undefined ? rows : await readRows(resolve(dirname(file), from));
  if (rows.length === 0) throw invalid(`${form.data} has no items`);
  const [shots, found] = [form.shots?.count ?? 0, shotRows.length - (from === undefined ? 1 : 0)];
  if (found < shots) throw invalid(`there are ${found} items for ${shots} shots`);
  return { name, file, form, rows, shotRows };
}

async function readRows(file: string): Promise<TaskRow[]> {
  const problem = (what: string, where: string, cause?: unknown) =>
    evaluationErrors.CODEX_TASK_DATA({ what, where, cause });
  const bytes = await readFile(file).catch((error: Error) => {
    throw problem(`The items cannot be read: ${error.message}.`, file, error);
  });
  if (bytes.length > mostBytes) throw problem(`The file has ${bytes.length} bytes; ${mostBytes} are read.`, file);
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
