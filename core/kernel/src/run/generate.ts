import {
  type GeneratedText,
  type GeneratedToken,
  type GenerationSettings,
  GeneratorPoint,
  type StopReason,
} from "../contracts/generator.js";
import { SafetyGatePoint } from "../contracts/safety-gate.js";
import { guardedTexts, type InspectedPrompt, inspectPrompts, type Writing } from "./guarded-texts.js";
import { GuardedTokens } from "./guarded-tokens.js";
import { type KernelState, readRunSection } from "./kernel-state.js";
import type { GenerateAllSettings, GenerateSettings, RefusedText, WritingSettings } from "./kernel-types.js";
import { FilterGate } from "./safety-gate.js";
import { toRunError } from "./to-run-error.js";
import { openCheckpointWork } from "./with-checkpoint.js";

/**
 * Writes text with a checkpoint. The prompt is inspected before it is used, and a token is yielded once the safety
 * filters have let its text pass.
 */
export async function* generate(
  kernel: KernelState,
  { prompt, ...settings }: GenerateSettings,
): AsyncGenerator<GeneratedToken, StopReason, void> {
  return yield* write(kernel, [prompt], settings, async function* ({ gate, makeGenerator, prompts, request }) {
    const [prompt] = prompts as [InspectedPrompt];
    if (typeof prompt !== "string") throw prompt.refusal;
    return yield* guard(gate, (await makeGenerator()).generate({ ...request, prompt }));
  });
}

/**
 * Writes a text for each prompt; prompts and texts pass the safety filters as a single one does. In the place of one
 * that they refuse stands the refusal.
 */
export async function* generateAll(
  kernel: KernelState,
  { prompts, ...settings }: GenerateAllSettings,
): AsyncGenerator<GeneratedText | RefusedText, void, void> {
  yield* write(kernel, prompts, settings, guardedTexts);
}

async function* write<Item, Result>(
  kernel: KernelState,
  prompts: readonly string[],
  settings: WritingSettings,
  start: (writing: Writing) => AsyncGenerator<Item, Result, void>,
): AsyncGenerator<Item, Result, void> {
  kernel.capture.hideTexts([...prompts]);
  const work = await openCheckpointWork(kernel, settings, [SafetyGatePoint, GeneratorPoint]);
  const { checkpoint, composition, signal } = work;
  let failed = true;
  kernel.capture.enter("inspect the prompt");
  try {
    const gate = (await composition.container.one(SafetyGatePoint)) as FilterGate;
    const inspected = await inspectPrompts(gate, prompts);
    if (inspected.some((prompt) => typeof prompt === "string")) kernel.capture.enter("generate");
    const { maxNewTokens, temperature, topK, topP, seed = readRunSection(kernel).seed } = settings;
    const request: GenerationSettings = {
      checkpoint,
      maxNewTokens,
      ...(temperature === undefined ? {} : { temperature }),
      ...(topK === undefined ? {} : { topK }),
      ...(topP === undefined ? {} : { topP }),
      seed,
      signal,
    };
    const makeGenerator = () => composition.container.one(GeneratorPoint);
    const result = yield* start({ gate, makeGenerator, prompts: inspected, request });
    failed = false;
    return result;
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
