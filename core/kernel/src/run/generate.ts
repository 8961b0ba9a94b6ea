import { type GeneratedToken, GeneratorPoint, type StopReason } from "../contracts/generator.js";
import { SafetyGatePoint } from "../contracts/safety-gate.js";
import { safetyErrors } from "../errors/safety-errors.js";
import { GuardedTokens } from "./guarded-tokens.js";
import { type KernelState, readRunSection } from "./kernel-state.js";
import type { GenerateSettings } from "./kernel-types.js";
import { FilterGate } from "./safety-gate.js";
import { toRunError } from "./to-run-error.js";
import { openCheckpointWork } from "./with-checkpoint.js";

/**
 * Writes text with a checkpoint. The prompt is inspected before it is used, and a token is yielded once the safety
 * filters have let its text pass.
 */
export async function* generate(
  kernel: KernelState,
  settings: GenerateSettings,
): AsyncGenerator<GeneratedToken, StopReason, void> {
  kernel.capture.hideTexts([settings.prompt]);
  const work = await openCheckpointWork(kernel, settings, [SafetyGatePoint, GeneratorPoint]);
  const { checkpoint, composition, signal } = work;
  let failed = true;
  kernel.capture.enter("inspect the prompt");
  try {
    const gate = (await composition.container.one(SafetyGatePoint)) as FilterGate;
    const [prompt] = await gate.inspect([settings.prompt], "prompt", ["prompt"]);
    if (prompt === undefined) throw safetyErrors.CODEX_SAFETY_REFUSED({ what: "The prompt was dropped." });
    kernel.capture.enter("generate");
    const generator = await composition.container.one(GeneratorPoint);
    const { maxNewTokens, temperature, topK, topP, seed = readRunSection(kernel).seed } = settings;
    const tokens = generator.generate({
      checkpoint,
      prompt,
      maxNewTokens,
      ...(temperature === undefined ? {} : { temperature }),
      ...(topK === undefined ? {} : { topK }),
      ...(topP === undefined ? {} : { topP }),
      seed,
      signal,
    });
    const stopReason = yield* guard(gate, tokens);
    failed = false;
    return stopReason;
  } catch (error) {
    throw toRunError(error, signal, "Generation");
  } finally {
    if (failed) await work.dispose().catch(() => undefined);
    else await work.dispose();
  }
}

async function* guard(
  gate: FilterGate,
  tokens: AsyncGenerator<GeneratedToken, StopReason, void>,
): AsyncGenerator<GeneratedToken, StopReason, void> {
  if (gate.isEmpty) return yield* tokens;
  const guarded = new GuardedTokens(gate);
  try {
    while (true) {
      const next = await tokens.next();
      if (next.done) {
        yield* await guarded.end();
        return next.value;
      }
      yield* await guarded.push(next.value);
    }
  } finally {
    await tokens.return("signal");
  }
}
