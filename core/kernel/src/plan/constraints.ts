import { metricSection } from "../config/metric-section.js";
import type { JsonObject } from "../contracts/json.js";
import type { ModelPlan } from "../contracts/model-loader.js";
import { planErrors } from "../errors/plan-errors.js";
import { availableCores } from "../machine/available-cores.js";
import { formatThings, formatWhole } from "../text/quantity.js";
import type { Problems } from "./problems.js";
import type { ToldFacts } from "./told-facts.js";

/** Adds what one part asks for and another cannot give. What nobody tells is not checked. */
export function checkConstraints(
  told: ToldFacts,
  model: ModelPlan | undefined,
  vocabSize: number,
  problems: Problems,
): void {
  checkElementType(told, problems);
  if (!model) return;
  if (model.vocabSize !== undefined && vocabSize > model.vocabSize) {
    problems.add(
      planErrors.CODEX_PLAN_VOCABULARY({
        what: `The tokenizer has ${formatThings(vocabSize, "token id")}, the model's embedding ${formatThings(model.vocabSize, "row")}.`,
        where: "config → tokenizer, model",
      }),
    );
  }
  const { trainTokens, validationTokens } = told.data;
  checkSplit("training", trainTokens, model.contextLength, problems);
  if (told.trainer.needsValidation) checkSplit("validation", validationTokens, model.contextLength, problems);
}

function checkElementType({ compute }: ToldFacts, problems: Problems): void {
  const { device, dtype, dtypes } = compute;
  if (dtype === undefined || dtypes === undefined || dtypes.includes(dtype)) return;
  problems.add(
    planErrors.CODEX_PLAN_DTYPE({
      what: `The device ${device ?? ""} does not compute in ${dtype}; it computes in ${dtypes.join(", ")}.`,
      where: "config → compute.dtype",
      fix: `Set compute.dtype=${dtypes[0]}.`,
    }),
  );
}

/** Training measures its own; what `metric` names is for `codex evaluate`. */
export function metricWarnings(config: JsonObject): readonly string[] {
  const names = Object.keys(metricSection(config)).map((name) => `metric.${name}`);
  if (names.length === 0) return [];
  return [`${names.join(", ")}: measured by codex evaluate alone, not while training.`];
}

function checkSplit(name: string, tokens: number | undefined, contextLength: number, problems: Problems): void {
  if (tokens === undefined || tokens > contextLength) return;
  problems.add(
    planErrors.CODEX_PLAN_CONTEXT({
      what: `The ${name} split has ${formatThings(tokens, "token")}; a contextLength of ${formatWhole(contextLength)} needs ${formatWhole(contextLength + 1)}.`,
      where: "config → model.contextLength, data",
      fix: tokens > 1 ? `Set model.contextLength=${tokens - 1} or less, or give more text.` : "Give more text.",
    }),
  );
}

/** What would not fail and is hardly meant, one sentence each. */
export function findWarnings(
  told: ToldFacts,
  { maxSteps, tokensPerStep }: { readonly maxSteps?: number; readonly tokensPerStep?: number },
  cores = availableCores(),
): readonly string[] {
  const { schedule, trainer, checkpoint, data, compute } = told;
  const warnings: string[] = [];
  const longer = (value: number | undefined, key: string, then: string, least = 1): void => {
    if (value === undefined || maxSteps === undefined || value < maxSteps + least) return;
    warnings.push(`${key} is ${formatWhole(value)}, and the run has ${formatThings(maxSteps, "step")}: ${then}.`);
  };
  longer(schedule.warmupSteps, "schedule.warmupSteps", "the learning rate never reaches its peak", 0);
  longer(trainer.evalEvery, "trainer.evalEvery", "nothing is evaluated before the end");
  longer(checkpoint.every, "checkpoint.every", "nothing is saved before the end");
  if (tokensPerStep !== undefined && data.trainTokens !== undefined && tokensPerStep > data.trainTokens) {
    const tokens = formatThings(tokensPerStep, "token");
    warnings.push(`A step takes ${tokens}, more than the ${formatWhole(data.trainTokens)} of the training split.`);
  }
  if (compute.threads !== undefined && compute.threads > cores) {
    const asked = `compute.threads is ${formatWhole(compute.threads)}, and this process may use ${formatThings(cores, "core")}`;
    warnings.push(`${asked}: threads that wait for one another make a step slower.`);
  }
  return warnings;
}
