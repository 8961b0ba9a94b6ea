import { ModelPoint } from "../contracts/model-loader.js";
import { OptimizerPoint } from "../contracts/optimizer.js";
import { TokenizerPoint } from "../contracts/tokenizer.js";
import { TrainerPoint } from "../contracts/trainer.js";
import { openLog } from "../logging/open-log.js";
import { Composition } from "./composition.js";
import { findGraphs } from "./find-graphs.js";
import { findPlan } from "./find-plan.js";
import type { KernelState } from "./kernel-state.js";
import type { PlanAnswer, PlanSettings } from "./kernel-types.js";
import { probe } from "./probe.js";
import { SafeObserver } from "./safe-observer.js";

const roots = [TokenizerPoint, ModelPoint, OptimizerPoint, TrainerPoint];

/** Plans a run without making one, and takes a few steps of it where a probe is asked for and nothing refuses it. */
export async function plan(kernel: KernelState, settings: PlanSettings): Promise<PlanAnswer> {
  kernel.capture.enter("compose the parts");
  const signal = AbortSignal.any([kernel.signal, ...(settings.signal ? [settings.signal] : [])]);
  const log = await openLog(kernel);
  const observer = new SafeObserver(undefined, log);
  const composition = await Composition.plan({ kernel, signal, log, observer, roots });
  kernel.capture.enter("plan");
  try {
    const { plan: found, problems } = await findPlan(composition);
    if (!found) throw problems.error;
    const { run, model, told, ...fit } = found;
    const graphs = settings.graph ? await findGraphs(composition, told, fit.vocabSize) : undefined;
    const answer: PlanAnswer = {
      ...run,
      ...fit,
      contextLength: model.contextLength,
      problems: problems.found,
      ...(graphs && { graphs }),
    };
    if (!settings.probe || answer.problems.length > 0) return answer;
    await composition.dispose();
    return { ...answer, probe: await probe(kernel, { signal, log, observer, tokensPerStep: run.tokensPerStep }) };
  } finally {
    await composition.dispose();
  }
}
