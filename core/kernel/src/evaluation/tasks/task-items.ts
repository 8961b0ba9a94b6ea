import type { JsonObject } from "../../contracts/json.js";
import { evaluationErrors } from "../../errors/evaluation-errors.js";
import type { Task, TaskRow } from "./read-task.js";
import type { TaskForm } from "./task-form.js";
import { fillList, fillTemplate } from "./template.js";

/** A question of a task, with all that stands before it, and what may answer it. */
export interface TaskItem {
  /** Description, shots and prompt; the delimiter and an answer follow. */
  readonly prompt: string;
  /** Choices, the one answer of a cloze, or references. */
  readonly answers: readonly string[];
  /** Index of the right one; 0 where there is no choice. */
  readonly answer: number;
  /** The line that it is from: `tasks/capitals.jsonl:3` */
  readonly place: string;
}

type PlainItem = Omit<TaskItem, "place">;

/** @throws CODEX_TASK_DATA naming the line */
export function taskItems({ form, rows, shotRows }: Task): readonly TaskItem[] {
  const { description, delimiter, separator, shots } = form;
  const shown = (row: TaskRow): string => {
    const { prompt, answers, answer } = atPlace(row, (fields) => plainItem(form, fields));
    return prompt + delimiter + answers[answer] + separator;
  };
  const known = new Map<TaskRow, string>();
  return rows.map((row) => {
    const others = shotRows.filter(({ place }) => place !== row.place).slice(0, shots?.count ?? 0);
    for (const each of others) if (!known.has(each)) known.set(each, shown(each));
    const before = others.map((each) => known.get(each)).join("");
    const item = atPlace(row, (fields) => plainItem(form, fields));
    return { ...item, prompt: description + before + item.prompt, place: row.place };
  });
}

function atPlace<Value>({ fields, place }: TaskRow, make: (fields: JsonObject) => Value): Value {
  try {
    return make(fields);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw evaluationErrors.CODEX_TASK_DATA({ what: `The item does not suit the task: ${reason}.`, where: place });
  }
}

function plainItem(form: TaskForm, fields: JsonObject): PlainItem {
  const prompt = fillTemplate(form.prompt, fields);
  if (form.kind === "cloze") return { prompt, answers: [fillTemplate(form.answer, fields)], answer: 0 };
  if (form.kind === "generate") {
    const references = fillList(form.references, fields);
    if (references.length === 0) throw new TypeError("it has no reference");
    return { prompt, answers: references, answer: 0 };
  }
  const answers = fillList(form.choices, fields);
  if (answers.length < 2) throw new TypeError("it has fewer than two choices");
  return { prompt, answers, answer: rightAnswer(form, fields, answers) };
}

function rightAnswer(
  { answer, answerIndex }: Extract<TaskForm, { kind: "choices" }>,
  fields: JsonObject,
  answers: readonly string[],
): number {
  if (answerIndex !== undefined) {
    const index = fillTemplate(answerIndex, fields);
    if (/^\d+$/.test(index) && Number(index) < answers.length) return Number(index);
    throw new TypeError(`its answerIndex is ${JSON.stringify(index)}, and there are ${answers.length} choices`);
  }
  const text = fillTemplate(answer!, fields);
  const index = answers.indexOf(text);
  if (index < 0) throw new TypeError(`its answer ${JSON.stringify(text)} is none of its choices`);
  return index;
}
