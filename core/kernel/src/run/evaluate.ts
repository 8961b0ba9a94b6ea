import { resolve } from "node:path";
import { metricSection } from "../config/metric-section.js";
import type { Split } from "../contracts/batch-source.js";
import type { ContributionPoint } from "../contracts/contribution-point.js";
import { EvaluatorPoint } from "../contracts/evaluator.js";
import { GeneratorPoint } from "../contracts/generator.js";
import type { Json, JsonObject, Named } from "../contracts/json.js";
import { type Metric, MetricPoint } from "../contracts/metric.js";
import { SafetyGatePoint } from "../contracts/safety-gate.js";
import { CodexError, isCodexError } from "../errors/codex-error.js";
import { evaluationErrors } from "../errors/evaluation-errors.js";
import type { MetricInterval } from "../evaluation/bootstrap.js";
import { MetricTallies } from "../evaluation/metric-tallies.js";
import { measureTask, taskInputs, taskMetrics } from "../evaluation/tasks/measure-task.js";
import { readTask, type Task } from "../evaluation/tasks/read-task.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { type KernelState, readRunSection } from "./kernel-state.js";
import type { EvaluateSettings, EvaluationAnswer } from "./kernel-types.js";
import { taskWorkers } from "./task-workers.js";
import { toRunError } from "./to-run-error.js";
import { type CheckpointWork, openCheckpointWork } from "./with-checkpoint.js";

/** What an evaluation found, piece by piece. */
interface Findings {
  readonly metrics: Record<string, number>;
  readonly intervals: Record<string, MetricInterval>;
}

/** Measures a checkpoint on a whole split, or on tasks. Starts no tracker and makes no run. */
export async function evaluate(kernel: KernelState, settings: EvaluateSettings): Promise<EvaluationAnswer> {
  const { tasks, leftOut } = await readTasks(kernel, settings);
  const split = settings.split ?? (settings.tasks?.length ? undefined : "validation");
  if (!split && tasks.length === 0) throw nothingLeft(leftOut);
  refuseSplitsName(split, tasks);
  refuseTakenNames(split ? metricSection(kernel.config.value) : {}, tasks);
  const roots = rootsOf(split, tasks);
  const config = withMetrics(kernel, split, tasks);
  const work = await ofTasks(tasks, () => openCheckpointWork(kernel, settings, roots, config));
  const { checkpoint, signal } = work;
  const warnings = [...leftOutWarning(leftOut), ...unusedMetricsWarning(kernel, split)];
  for (const warning of warnings) work.observer.notify("warning", warning);
  kernel.capture.enter("evaluate");
  const findings: Findings = { metrics: {}, intervals: {} };
  try {
    const measuring = new Measuring(
      kernel,
      settings,
      work,
      await ofTasks(tasks, () => work.composition.container.many(MetricPoint)),
      findings,
    );
    if (split) await measuring.split(split, tasks);
    for (const task of tasks) await measuring.task(task);
  } catch (error) {
    await work.dispose().catch(() => undefined);
    const fix = "Report it to the plugin's author; CODEX_DEBUG=1 shows where it was thrown.";
    throw toRunError(error, signal, "Evaluation", fix);
  }
  await work.dispose();
  return {
    checkpoint: checkpoint.path,
    step: checkpoint.step,
    ...(split && { split }),
    tasks: tasks.map(({ name }) => name),
    bootstrap: settings.bootstrap ?? 0,
    seed: settings.seed ?? readRunSection(kernel).seed,
    ...findings,
  };
}

class Measuring {
  constructor(
    readonly kernel: KernelState,
    readonly settings: EvaluateSettings,
    readonly work: CheckpointWork,
    readonly metrics: Named<Metric>,
    readonly findings: Findings,
  ) {}

  async split(split: Split, tasks: readonly Task[]): Promise<void> {
    const { checkpoint, composition, signal } = this.work;
    const evaluator = await composition.container.one(EvaluatorPoint);
    const ofTasks = tasks.map(({ name }) => `${name}/`);
    const own = Object.entries(this.metrics).filter(([name]) => !ofTasks.some((before) => name.startsWith(before)));
    const prefix = prefixOf(split);
    const tallies = this.#tallies(Object.fromEntries(own), prefix, ["tokens"], "config");
    const onTokens = tallies.isEmpty ? undefined : { onTokens: tallies.add.bind(tallies, "tokens") };
    const metrics = await evaluator.evaluate({ checkpoint, split, signal, ...onTokens });
    for (const [name, value] of Object.entries(metrics)) {
      this.findings.metrics[name.replace(/^eval\//, prefix)] = value;
    }
    const [named] = Object.keys(metricSection(this.kernel.config.value));
    if (named !== undefined && !tallies.has("tokens")) {
      const what = `The metric ${named} is about tokens, and the evaluator handed out none.`;
      throw evaluationErrors.CODEX_METRIC_INPUT({ what, where: `config → metric.${named}` });
    }
    await this.#take(tallies);
  }

  async task(task: Task): Promise<void> {
    const before = `${task.name}/`;
    const own = Object.entries(this.metrics).filter(([name]) => name.startsWith(before));
    const named = Object.fromEntries(own.map(([name, metric]) => [name.slice(before.length), metric]));
    const tallies = this.#tallies(named, `eval/${before}`, taskInputs[task.form.kind], task.file);
    const { seed = readRunSection(this.kernel).seed } = this.settings;
    const counts = await measureTask(task, taskWorkers(this.kernel, this.work, seed), tallies);
    for (const [name, count] of Object.entries(counts)) this.findings.metrics[`eval/${before}${name}`] = count;
    if (counts.truncated) this.work.observer.notify("warning", truncatedWarning(task, counts));
    await this.#take(tallies);
  }

  #tallies(metrics: Named<Metric>, prefix: string, inputs: readonly Metric["input"][], where: string): MetricTallies {
    return new MetricTallies(metrics, { prefix, inputs, where, keepsUnits: this.#samples > 0 });
  }

  async #take(tallies: MetricTallies): Promise<void> {
    const { seed = readRunSection(this.kernel).seed } = this.settings;
    Object.assign(this.findings.metrics, tallies.values());
    if (this.#samples === 0) return;
    const settings = { samples: this.#samples, seed, signal: this.work.signal };
    Object.assign(this.findings.intervals, await tallies.intervals(settings));
  }

  get #samples(): number {
    return this.settings.bootstrap ?? 0;
  }
}

/** What names of a split's metrics begin with: what training measures has no split in it. */
function prefixOf(split: Split): string {
  return split === "validation" ? "eval/" : `eval/${split}/`;
}

interface ReadTasks {
  readonly tasks: readonly Task[];
  /** Names of those for which texts would be written, where none shall be. */
  readonly leftOut: readonly string[];
}

/** What is wrong with a metric of a task, told of the task's file: the config does not have it. */
async function ofTasks<Value>(tasks: readonly Task[], work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!isCodexError(error)) throw error;
    for (const task of tasks) {
      const before = `config → metric.${task.name}/`;
      if (!error.where?.startsWith(before)) continue;
      const path = ["metric", ...error.where.slice(before.length).split(".")];
      throw new CodexError(error.code, error.exitCode, {
        what: error.what.replaceAll(`metric.${task.name}/`, "metric."),
        where: task.placeOf(...path),
        why: error.why,
        fix: error.fix?.replace("in the config", "in the task's file"),
        cause: error,
      });
    }
    throw error;
  }
}

/** @throws CODEX_TASK_INVALID, CODEX_TASK_DATA, CODEX_TASK_UNREADABLE */
async function readTasks(kernel: KernelState, settings: EvaluateSettings): Promise<ReadTasks> {
  const { tasks = [], withoutGeneration } = settings;
  const read = await Promise.all(tasks.map((file) => readTask(resolve(kernel.workingFolder, file))));
  for (const [index, { name, file }] of read.entries()) {
    const other = read.slice(0, index).find((task) => task.name === name);
    if (!other) continue;
    const what = `${file} and ${other.file} share the name ${name}, under which their metrics go.`;
    const why = "Results are named eval/TASK/METRIC, TASK being the file's name.";
    throw evaluationErrors.CODEX_TASK_INVALID({ what, where: file, why, fix: "Rename one of the files." });
  }
  const isLeftOut = ({ form }: Task) => withoutGeneration === true && form.kind === "generate";
  return {
    tasks: read.filter((task) => !isLeftOut(task)),
    leftOut: read.filter(isLeftOut).map(({ name }) => name),
  };
}

function nothingLeft(leftOut: readonly string[]): Error {
  const what = `Nothing is left to be measured: texts would be written for ${leftOut.join(", ")}.`;
  return evaluationErrors.CODEX_EVALUATION_EMPTY({ what });
}

/** @throws CODEX_TASK_INVALID when a task's metrics would go under the names of the split's */
function refuseSplitsName(split: Split | undefined, tasks: readonly Task[]): void {
  const task = tasks.find(({ name }) => split !== undefined && `eval/${name}/` === prefixOf(split));
  if (!task) return;
  const what = `The task ${task.file} has the name of the split ${split}, under which the split's metrics go.`;
  const why = "Results are named eval/TASK/METRIC, TASK being the file's name.";
  throw evaluationErrors.CODEX_TASK_INVALID({ what, where: task.file, why, fix: "Rename the file." });
}

function truncatedWarning({ name, form }: Task, { items, truncated }: Named<number>): string {
  const remedy = form.shots ? "take fewer shots, or shorter ones" : "shorten them";
  const what = `the beginning of ${truncated} of ${items} prompts was cut off, to fit into the model's context`;
  return `Task ${name}: ${what}; ${remedy}.`;
}

function leftOutWarning(leftOut: readonly string[]): readonly string[] {
  if (leftOut.length === 0) return [];
  return [`Left out, because texts would be written: ${leftOut.join(", ")}.`];
}

function unusedMetricsWarning({ config }: KernelState, split: Split | undefined): readonly string[] {
  const names = Object.keys(metricSection(config.value)).map((name) => `metric.${name}`);
  if (split || names.length === 0) return [];
  return [`Left out, because tasks alone are measured: ${names.join(", ")}. A split beside them (--split) adds it.`];
}

function rootsOf(split: Split | undefined, tasks: readonly Task[]): readonly ContributionPoint<unknown>[] {
  const writes = tasks.some(({ form }) => form.kind === "generate");
  const scores = split !== undefined || tasks.some(({ form }) => form.kind !== "generate");
  return [MetricPoint, ...(scores ? [EvaluatorPoint] : []), ...(writes ? [SafetyGatePoint, GeneratorPoint] : [])];
}

/** What a split is measured by beside what the config names, where a plugin provides it. */
const usualMetrics: Named<{ readonly type: string }> = {
  loss: { type: "loss" },
  perplexity: { type: "perplexity" },
  accuracy: { type: "accuracy" },
  bitsPerByte: { type: "bits-per-byte" },
};

/** Options that make a usual metric what it is without them. */
const usualOptions: Named<Json> = { per: "token", top: 1 };
/** What is counted beside the metrics of a task. */
const taskCounts = ["items", "truncated", "refused"];

/** @throws CODEX_METRIC_NAME when a metric would replace a value that is another thing */
function refuseTakenNames(ofSplit: JsonObject, tasks: readonly Task[]): void {
  const refuse = (name: string, other: string, where: string) => {
    throw evaluationErrors.CODEX_METRIC_NAME({ what: `The metric ${name} has the name of ${other}.`, where });
  };
  for (const [name, options] of Object.entries(ofSplit)) {
    const where = `config → metric.${name}`;
    if (name === "tokens") refuse(name, "the number of tokens", where);
    const usual = Object.hasOwn(usualMetrics, name) ? usualMetrics[name] : undefined;
    if (!usual || !isJsonObject(options)) continue;
    const { type, optional: _, ...others } = options;
    const isUsual =
      type === usual.type && Object.entries(others).every(([option, value]) => value === usualOptions[option]);
    if (!isUsual) refuse(name, "a usual one that is measured otherwise", where);
  }
  for (const task of tasks) {
    const name = Object.keys(taskMetrics(task)).find((each) => taskCounts.includes(each));
    if (name !== undefined) refuse(name, "a count of the task's items", task.placeOf("metric", name));
  }
}

/** The config with the metrics that will be used: for a split, and for tasks under the tasks' names. */
function withMetrics({ config, catalogue }: KernelState, split: Split | undefined, tasks: readonly Task[]): JsonObject {
  const provided = catalogue.types(MetricPoint.key);
  const usual = Object.entries(usualMetrics).filter(([, { type }]) => provided.includes(type));
  const ofSplit = split ? { ...Object.fromEntries(usual), ...metricSection(config.value) } : {};
  const named = tasks.flatMap((task) =>
    Object.entries(taskMetrics(task)).map(([name, options]) => [`${task.name}/${name}`, options] as const),
  );
  return { ...config.value, metric: { ...ofSplit, ...Object.fromEntries(named) } };
}
