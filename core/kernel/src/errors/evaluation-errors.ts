import { defineErrors } from "./define-errors.js";

/** Errors of evaluations: their metrics, their tasks, what they write. */
export const evaluationErrors = defineErrors({
  CODEX_METRIC_INPUT: {
    exitCode: 2,
    when: "A metric is about something that is not there where it stands: texts on a split, or tokens on written text.",
    why: "The metrics of the config measure the tokens of a split; those of a task measure what its kind gives.",
    fix: "Move the metric into a task of the kind that it is for, or leave it out (~metric.NAME).",
  },
  CODEX_METRIC_NAME: {
    exitCode: 2,
    when: "A metric has the name of something else that is measured in its place, whose value it would replace.",
    why: "Results go by their names, in tables, in runs and at trackers.",
    fix: "Give the metric another name: top5 rather than accuracy, where it is not the usual one.",
  },
  CODEX_EVALUATOR_NO_SCORES: {
    exitCode: 2,
    when: "A task has answers to be scored, and the evaluator measures splits alone.",
    fix: "Use an evaluator that scores texts, such as evaluator.type=lm.",
  },
  CODEX_TASK_INVALID: {
    exitCode: 2,
    when: "A task file is no YAML, has not the form of a task, or shares its name with another one.",
    why: "A task is a YAML file that names its kind, its data and the templates that make questions of them.",
    fix: "Correct the file; docs/evaluation.md shows each kind.",
  },
  CODEX_TASK_DATA: {
    exitCode: 2,
    when: "A line of a task's data is no JSON object, or lacks what the task's templates take from it.",
    why: "Each line is an item, and the task's templates take its fields by name.",
    fix: "Correct the line, or the template.",
  },
  CODEX_TASK_UNREADABLE: {
    exitCode: 2,
    when: "A task's file, or a file of items that it names, is not there or cannot be read.",
    why: "A task's path starts at the working folder; `data` and `shots.from` start at the task's own folder.",
    fix: "Correct the path, or put the file there.",
  },
  CODEX_EVALUATION_EMPTY: {
    exitCode: 2,
    when: "Nothing is left to be measured: texts would be written for all tasks, and no split is named.",
    why: "--metrics-only leaves out tasks for which texts would be written.",
    fix: "Leave --metrics-only out, or add a task of another kind, or --split validation.",
  },
  CODEX_EVALUATION_OUTPUT: {
    exitCode: 1,
    when: "The results of an evaluation cannot be written.",
    fix: "Check the folder, its permissions and the free space, or name another file.",
  },
});
