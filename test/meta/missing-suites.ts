import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

/** The suite of each contract, by point key. Compute backends' suite needs tensors and is codex-nn's. */
export const suites: { readonly [pointKey: string]: string } = {
  batchSource: "describeBatchSource",
  callback: "describeCallback",
  checkpoint: "describeCheckpointStore",
  compute: "describeBackend",
  corpus: "describeCorpus",
  evaluator: "describeEvaluator",
  generator: "describeGenerator",
  metric: "describeMetric",
  model: "describeModelLoader",
  objective: "describeObjective",
  optimizer: "describeOptimizer",
  safety: "describeSafetyFilter",
  schedule: "describeSchedule",
  sink: "describeMetricsSink",
  tokenizer: "describeTokenizer",
  tracker: "describeTracker",
  trainer: "describeTrainer",
};

/** Suites of the kinds that a plugin's manifest names which none of its tests calls. */
export function missingSuites(pluginFolder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(pluginFolder, "package.json"), "utf8"));
  const points = Object.keys(manifest.codex?.provides ?? {});
  const tests = [...testsOf(pluginFolder), ...interopTestsOf(manifest.name)];
  return points.map((point) => suites[point] ?? `a suite for ${point}`).filter((suite) => !tests.some(calls(suite)));
}

/** Whether a test file imports a suite from the published suites and calls it. */
function calls(suite: string): (source: string) => boolean {
  const imported = new RegExp(`import \\{[^}]*\\b${suite}\\b[^}]*\\} from "codex-(core|nn)/testing"`);
  const called = new RegExp(`^\\s*${suite}\\(`, "m");
  return (source) => imported.test(source) && called.test(source);
}

function testsOf(pluginFolder: string): string[] {
  const folder = join(pluginFolder, "test");
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".test.ts")).map((name) => readFileSync(join(folder, name), "utf8"));
}

/** Tests of a plugin that need what a package index holds: they are run by `npm run test:interop`. */
function interopTestsOf(packageName: string): string[] {
  const folder = join(repositoryRoot, "test/interop");
  const names = readdirSync(folder).filter((name) => name.endsWith(".interop.ts"));
  const sources = names.map((name) => readFileSync(join(folder, name), "utf8"));
  return sources.filter((source) => source.includes(`from "${packageName}"`));
}
