import type { GeneratedText, GeneratedToken, GenerationSettings, Generator } from "../contracts/generator.js";
import { isCodexError } from "../errors/codex-error.js";
import { safetyErrors } from "../errors/safety-errors.js";
import { GuardedTokens } from "./guarded-tokens.js";
import type { RefusedText } from "./kernel-types.js";
import type { FilterGate } from "./safety-gate.js";

/** A prompt as it may be used, or why it may not. */
export type InspectedPrompt = string | RefusedText;

/** What writing needs once the prompts have been inspected. */
export interface Writing {
  readonly gate: FilterGate;
  readonly prompts: readonly InspectedPrompt[];
  readonly request: GenerationSettings;
  /** Not called where every prompt is refused. */
  makeGenerator(): Promise<Generator>;
}

/** The prompts as they may be used, and the refusals of those that may not. */
export async function inspectPrompts(
  gate: FilterGate,
  prompts: readonly string[],
): Promise<readonly InspectedPrompt[]> {
  const inspected: InspectedPrompt[] = [];
  for (const [index, text] of prompts.entries()) {
    const name = prompts.length === 1 ? "prompt" : `prompt ${index + 1} of ${prompts.length}`;
    inspected.push(await orRefusal(() => inspectPrompt(gate, text, name)));
  }
  return inspected;
}

/** The texts of all prompts, in order, as they passed the safety filters, and refusals in the place of the others. */
export async function* guardedTexts(writing: Writing): AsyncGenerator<GeneratedText | RefusedText, void, void> {
  const texts = textsOf(writing);
  try {
    for (const prompt of writing.prompts) {
      if (typeof prompt !== "string") {
        yield prompt;
        continue;
      }
      const next = await texts.next();
      if (next.done) return;
      yield await guardText(writing.gate, next.value);
    }
  } finally {
    await texts.return();
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
  return orRefusal(async () => ({ ...text, tokens: await guardAll(gate, text.tokens) }));
}

async function guardAll(gate: FilterGate, tokens: readonly GeneratedToken[]): Promise<GeneratedToken[]> {
  const guarded = new GuardedTokens(gate);
  const passed: GeneratedToken[] = [];
  for (const token of tokens) passed.push(...(await guarded.push(token)));
  return [...passed, ...(await guarded.end())];
}
