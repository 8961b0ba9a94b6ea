import {
  type GeneratedText,
  type GeneratedToken,
  type GenerationSettings,
  type Generator,
  GeneratorPoint,
  type StopReason,
} from "../contracts/generator.js";
import { SafetyGatePoint } from "../contracts/safety-gate.js";
import { safetyErrors } from "../errors/safety-errors.js";
import { GuardedTokens } from "./guarded-tokens.js";
import { type KernelState, readRunSection } from "./kernel-state.js";
import type { GenerateAllSettings, GenerateSettings, WritingSettings } from "./kernel-types.js";
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
  return yield* write(kernel, [prompt], settings, ({ gate, generator, prompts, request }) =>
    guard(gate, generator.generate({ ...request, prompt: prompts[0]! })),
  );
}

/** Writes a text for each prompt; prompts and texts pass the safety filters as a single one does. */
export async function* generateAll(
  kernel: KernelState,
  { prompts, ...settings }: GenerateAllSettings,
): AsyncGenerator<GeneratedText, void, void> {
  yield* write(kernel, prompts, settings, async function* (work) {
    for await (const { tokens, stopReason } of textsOf(work)) {
      yield work.gate.isEmpty ? { tokens, stopReason } : { tokens: await guardAll(work.gate, tokens), stopReason };
    }
  });
}

/** What writing needs once the prompts have been inspected. */
interface Writing {
  readonly gate: FilterGate;
  readonly generator: Generator;
  readonly prompts: readonly string[];
  readonly request: GenerationSettings;
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
    const passed: string[] = [];
    for (const text of prompts) {
      const [prompt] = await gate.inspect([text], "prompt", ["prompt"]);
      if (prompt === undefined) throw safetyErrors.CODEX_SAFETY_REFUSED({ what: "The prompt was dropped." });
      passed.push(prompt);
    }
    kernel.capture.enter("generate");
    const generator = await composition.container.one(GeneratorPoint);
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
    const result = yield* start({ gate, generator, prompts: passed, request });
    failed = false;
    return result;
  } catch (error) {
    throw toRunError(error, signal, "Generation");
  } finally {
    if (failed) await work.dispose().catch(() => undefined);
    else await work.dispose();
  }
}

/** The texts of all prompts: by the generator's own way, or one after the other. */
async function* textsOf({ generator, prompts, request }: Writing): AsyncGenerator<GeneratedText, void, void> {
  if (generator.generateAll) return yield* generator.generateAll({ ...request, prompts });
  for (const [stream, prompt] of prompts.entries()) {
    const generating = generator.generate({ ...request, prompt, stream });
    const tokens: GeneratedToken[] = [];
    let next = await generating.next();
    for (; !next.done; next = await generating.next()) tokens.push(next.value);
    yield { tokens, stopReason: next.value };
  }
}

async function guardAll(gate: FilterGate, tokens: readonly GeneratedToken[]): Promise<GeneratedToken[]> {
  const guarded = new GuardedTokens(gate);
  const passed: GeneratedToken[] = [];
  for (const token of tokens) passed.push(...(await guarded.push(token)));
  return [...passed, ...(await guarded.end())];
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
