import type { CommandEntry } from "./command.js";

/** All commands, in the order of the help. Only the one that is used is loaded. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: "train",
    summary: "train a model",
    load: async () => (await import("./commands/train.js")).declareTrain,
  },
  {
    name: "plan",
    summary: "say what a run will need before it starts",
    load: async () => (await import("./commands/plan.js")).declarePlan,
  },
  {
    name: "data",
    summary: "prepare, look at and verify data; name datasets",
    load: async () => (await import("./commands/data.js")).declareData,
  },
  {
    name: "evaluate",
    summary: "measure a trained model on held-out text",
    load: async () => (await import("./commands/evaluate.js")).declareEvaluate,
  },
  {
    name: "generate",
    summary: "write text with a trained model",
    load: async () => (await import("./commands/generate.js")).declareGenerate,
  },
  {
    name: "replay",
    summary: "train a run again and compare, number by number",
    load: async () => (await import("./commands/replay.js")).declareReplay,
  },
  {
    name: "config",
    summary: "list presets; print, explain and validate configs; schema for editors",
    load: async () => (await import("./commands/config.js")).declareConfig,
  },
  {
    name: "list",
    summary: "plugins and what they provide",
    load: async () => (await import("./commands/list.js")).declareList,
  },
  {
    name: "compute",
    summary: "install, list and remove what compute backends run on",
    load: async () => (await import("./commands/compute.js")).declareCompute,
  },
  {
    name: "checkpoint",
    summary: "list, inspect, verify and prune checkpoints",
    load: async () => (await import("./commands/checkpoint.js")).declareCheckpoint,
  },
  {
    name: "runs",
    summary: "list runs, rank them, show one",
    load: async () => (await import("./commands/runs.js")).declareRuns,
  },
  {
    name: "metrics",
    summary: "put the metrics of runs into a database or a table file",
    load: async () => (await import("./commands/metrics.js")).declareMetrics,
  },
  {
    name: "doctor",
    summary: "check the installation, with a fix for each failure",
    load: async () => (await import("./commands/doctor.js")).declareDoctor,
  },
  {
    name: "report",
    summary: "versions, platform and plugins, for a bug report",
    load: async () => (await import("./commands/report.js")).declareReport,
  },
];
