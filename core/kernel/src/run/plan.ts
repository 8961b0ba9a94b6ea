import { ModelPoint } from "../contracts/model-loader.js";
import { OptimizerPoint } from "../contracts/optimizer.js";
import { TokenizerPoint } from "../contracts/tokenizer.js";
import { planErrors } from "../errors/plan-errors.js";
import { memoryFit } from "../plan/memory-fit.js";
import { memoryLimit } from "../plan/memory-limit.js";
import { planFacts } from "../plan/plan-facts.js";
import { Composition, isConfigured } from "./composition.js";
import { DeferredLog } from "./deferred-log.js";
import type { KernelState } from "./kernel-state.js";
import type { PlanAnswer } from "./kernel-types.js";
import { SafeObserver } from "./safe-observer.js";

/** Plans a run: makes tokenizer, model loader and optimizer, but no device, and writes nothing. */
export async function plan(kernel: KernelState): Promise<PlanAnswer> {
  kernel.capture.enter("compose the parts");
  const log = new DeferredLog();
  const roots = [TokenizerPoint, ModelPoint, OptimizerPoint].filter((point) => isConfigured(kernel, point));
  const observer = new SafeObserver(undefined, log);
  const composition = await Composition.plan({ kernel, signal: kernel.signal, log, observer, roots });
  kernel.capture.enter("plan");
  try {
    if (roots.length < 3)
      throw planErrors.CODEX_PLAN_UNKNOWN({ what: "The config lacks a model, tokenizer or optimizer." });
    const { container } = composition;
    const { vocabSize } = await container.one(TokenizerPoint);
    const model = (await container.one(ModelPoint)).plan({ vocabSize, dtype: "float32" });
    const facts = planFacts(kernel.config.value, model, await container.one(OptimizerPoint));
    if (!facts)
      throw planErrors.CODEX_PLAN_UNKNOWN({ what: "The trainer has no microBatch.", where: "config → trainer" });
    const limit = memoryLimit(kernel.config.value);
    const { plan: run, ...fit } = memoryFit(facts, limit);
    return { ...run, vocabSize, contextLength: model.contextLength, limit, ...fit };
  } finally {
    await composition.dispose();
  }
}
