import {
  type GeneratedText,
  type GeneratedToken,
  type GenerationSettings,
  type Generator,
  GeneratorPoint,
  type StopReason,
} from "../contracts/generator.js";
import { SafetyGatePoint } from "../contracts/safety-gate.js";
import { isCodexError } from "../errors/codex-error.js";
import { safetyErrors } from "../errors/safety-errors.js";
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
  yield* write(kernel, prompts, settings, async function* (work) {
    const texts = textsOf(work);
    try {
      for (const prompt of work.prompts) {
        if (typeof prompt !== "string") {
          yield prompt;
          continue;
        }
        const next = await texts.next();
        if (next.done) return;
        yield await guardText(work.gate, next.value);
      }
    } finally {
      await texts.return();
    }
  });
}

/** A prompt as it may be used, or why it may not. */
type InspectedPrompt = string | RefusedText;

/** What writing needs once the prompts have been inspected. */
interface Writing {
  readonly gate: FilterGate;
  readonly prompts: readonly InspectedPrompt[];
  readonly request: GenerationSettings;
  /** Not called where every prompt is refused. */
  makeGenerator(): Promise<Generator>;
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
    const inspected: InspectedPrompt[] = [];
    for (const [index, text] of prompts.entries()) {
      const name = prompts.length === 1 ? "prompt" : `prompt ${index + 1} of ${prompts.length}`;
      inspected.push(await orRefusal(() => inspectPrompt(gate, text, name)));
    }
    kernel.capture.enter("generate");
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

async function inspectPrompt(gate: FilterGate, text: string, name: string): Promise<string> {
  const [prompt] = await gate.inspect([text], "prompt", [name]);
  if (prompt === undefined) throw safetyErrors.CODEX_SAFETY_REFUSED({ what: "The prompt was dropped.", where: name });
  return prompt;
}

async function orRefusal<Value>(work: () => Promise<Value>): Promise<Value | RefusedText> {
  try {
    return await work();
  } catch (error) {
    if (isCodexError(error) && error.code === "CODEX_SAFETY_REFUSED") return { refusal: error };
    throw error;
  }
}

/** The texts of the prompts that were not refused: by the generator's own way, or one after the other. */
async function* textsOf({
  makeGenerator,
  prompts: inspected,
  request,
}: Writing): AsyncGenerator<GeneratedText, void, void> {
  const open = [...inspected.entries()].filter((entry): entry is [number, string] => typeof entry[1] === "string");
  if (open.length === 0) return;
  const generator = await makeGenerator();
  // A text draws from the stream of its prompt's place among all: it is the same in whatever company.
  const streams = open.map(([place]) => place);
  const prompts = open.map(([, prompt]) => prompt);
  if (generator.generateAll) return yield* generator.generateAll({ ...request, prompts, streams });
  for (const [index, prompt] of prompts.entries()) {
    const generating = generator.generate({ ...request, prompt, stream: streams[index]! });
    const tokens: GeneratedToken[] = [];
    let next = await generating.next();
    for (; !next.done; next = await generating.next()) tokens.push(next.value);
    yield { tokens, stopReason: next.value };
  }
}

async function guardText(gate: FilterGate, text: GeneratedText): Promise<GeneratedText | RefusedText> {
  if (gate.isEmpty) return text;
  const { tokens, stopReason } = text;
  return orRefusal(async () => ({ tokens: await guardAll(gate, tokens), stopReason }));
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
