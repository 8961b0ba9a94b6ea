import type { Continuation, ScoredContinuation } from "../../contracts/evaluator.js";
import type { GeneratedText } from "../../contracts/generator.js";
import type { JsonObject, Named } from "../../contracts/json.js";
import type { MetricInput, MetricInputs, ScoredChoice, ScoredTokens } from "../../contracts/metric.js";
import type { RefusedText } from "../../run/kernel-types.js";
import type { Task } from "./read-task.js";
import type { TaskForm } from "./task-form.js";
import { type TaskItem, taskItems } from "./task-items.js";

/** Takes what metrics measure. */
export interface Measured {
  add<Input extends MetricInput>(input: Input, item: MetricInputs[Input]): void;
}

/** Who answers a task. */
export interface TaskWorkers {
  score(continuations: readonly Continuation[]): AsyncIterable<ScoredContinuation>;
  write(
    prompts: readonly string[],
    form: Extract<TaskForm, { kind: "generate" }>,
  ): AsyncIterable<GeneratedText | RefusedText>;
}

/** What measures a task that does not say. */
const usualMetrics: { readonly [Kind in TaskForm["kind"]]: JsonObject } = {
  choices: { accuracy: { type: "choice-accuracy" } },
  cloze: { accuracy: { type: "choice-accuracy" }, perplexity: {} },
  generate: { exactMatch: { type: "exact-match" }, f1: {} },
};

/** What metrics of a task may be about, by its kind. */
export const taskInputs: { readonly [Kind in TaskForm["kind"]]: readonly MetricInput[] } = {
  choices: ["choices"],
  cloze: ["choices", "tokens"],
  generate: ["text"],
};

/** The section `metric` of a task, each under its type. */
export function taskMetrics({ form }: Task): JsonObject {
  const named = Object.entries((form.metric as JsonObject | undefined) ?? usualMetrics[form.kind]);
  return Object.fromEntries(named.map(([name, options]) => [name, { type: name, ...(options as JsonObject | null) }]));
}

/**
 * Has a task answered, and hands out what came of it, item by item. Gives the number of items; of those whose
 * prompts lost their beginning, because they were too long; and of those whose text the safety filters refused, in the
 * place of which an empty text stands. Each is left out where there are none.
 *
 * @throws CODEX_TASK_DATA, and what scoring and writing throw
 */
export async function measureTask(task: Task, workers: TaskWorkers, measured: Measured): Promise<Named<number>> {
  const items = taskItems(task);
  const { form } = task;
  if (form.kind !== "generate") {
    const truncated = await measureChoices(items, task, workers, measured);
    return { items: items.length, ...(truncated > 0 && { truncated }) };
  }
  const prompts = items.map(({ prompt }) => prompt);
  const { truncated, refused } = await measureTexts(items, workers.write(prompts, form), form, measured);
  return { items: items.length, ...(truncated > 0 && { truncated }), ...(refused > 0 && { refused }) };
}

async function measureChoices(
  items: readonly TaskItem[],
  { form, file }: Task,
  workers: TaskWorkers,
  measured: Measured,
): Promise<number> {
  const continuations = items.flatMap(({ prompt, answers, place }) =>
    answers.map((answer) => ({
      context: prompt,
      text: form.delimiter + answer,
      place: `item ${place} of ${file}`,
    })),
  );
  const truncated = new Set<number>();
  let item = 0;
  let choices: ScoredChoice[] = [];
  for await (const tokens of workers.score(continuations)) {
    const { answers, answer } = items[item]!;
    if (tokens.isCut) truncated.add(item);
    choices.push(choiceOf(tokens, answers[choices.length]!));
    if (form.kind === "cloze") measured.add("tokens", tokens);
    if (choices.length < answers.length) continue;
    measured.add("choices", { choices, answer });
    item++;
    choices = [];
  }
  return truncated.size;
}

function choiceOf({ logProbabilities, ranks }: ScoredTokens, answer: string): ScoredChoice {
  return {
    logProbability: Array.from(logProbabilities).reduce((sum, each) => sum + each, 0),
    characterCount: [...answer].length,
    isLikeliest: Array.from(ranks).every((rank) => rank === 0),
  };
}

async function measureTexts(
  items: readonly TaskItem[],
  texts: AsyncIterable<GeneratedText | RefusedText>,
  { stop }: Extract<TaskForm, { kind: "generate" }>,
  measured: Measured,
): Promise<{ readonly truncated: number; readonly refused: number }> {
  let [item, truncated, refused] = [0, 0, 0];
  for await (const answer of texts) {
    if ("refusal" in answer) refused++;
    else if (answer.isCut) truncated++;
    const written = "refusal" in answer ? "" : answer.tokens.map(({ text }) => text).join("");
    measured.add("text", { text: beforeStop(written, stop), references: items[item]!.answers });
    item++;
  }
  return { truncated, refused };
}

/** The text up to the first stop, without blanks around it. A stop at the very beginning is a blank of its own. */
function beforeStop(text: string, stops: readonly string[]): string {
  const trimmed = text.trimStart();
  const ends = stops.map((stop) => trimmed.indexOf(stop)).filter((end) => end >= 0);
  return trimmed.slice(0, Math.min(trimmed.length, ...ends)).trimEnd();
}
