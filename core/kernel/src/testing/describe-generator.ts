import assert from "node:assert/strict";
import type { LoadedCheckpoint } from "../contracts/checkpoint-store.js";
import type { GeneratedToken, GenerationRequest, Generator, StopReason } from "../contracts/generator.js";
import { testRunner } from "./test-runner.js";

/** A generator and what it can write with. */
export interface GeneratorSubject {
  readonly generator: Generator;
  readonly checkpoint: LoadedCheckpoint;
  /** A prompt that leaves room for eight tokens in the context. */
  readonly prompt: string;
}

/** Conformance suite of the Generator contract. */
export function describeGenerator(name: string, create: () => GeneratorSubject | Promise<GeneratorSubject>): void {
  const { describe, it } = testRunner();

  async function write(settings: Partial<GenerationRequest>) {
    const { generator, ...subject } = await create();
    const { signal } = new AbortController();
    const generating = generator.generate({ ...subject, maxNewTokens: 4, seed: 5, signal, ...settings });
    const tokens: GeneratedToken[] = [];
    let reason: StopReason | undefined;
    while (reason === undefined) {
      const next = await generating.next();
      if (next.done) reason = next.value;
      else tokens.push(next.value);
    }
    return { tokens, reason };
  }

  describe(`${name} keeps the Generator contract`, () => {
    it("writes no more than it is asked to, and says why it stopped", async () => {
      const { tokens, reason } = await write({});
      assert.ok(tokens.length > 0 && tokens.length <= 4);
      assert.ok(reason === "length" || reason === "eos" || reason === "context");
      assert.ok(reason !== "length" || tokens.length === 4);
      assert.ok(tokens.every(({ tokenId, text }) => Number.isInteger(tokenId) && typeof text === "string"));
    });

    it("writes the same from the same seed", async () => {
      assert.deepEqual(await write({ temperature: 1, seed: 9 }), await write({ temperature: 1, seed: 9 }));
    });

    it("takes the likeliest token at temperature 0, whatever the seed", async () => {
      assert.deepEqual(await write({ temperature: 0, seed: 1 }), await write({ temperature: 0, seed: 2 }));
      assert.deepEqual(await write({ topK: 1, seed: 1 }), await write({ temperature: 0, seed: 2 }));
    });

    it("stops at the signal", async () => {
      const { tokens, reason } = await write({ signal: AbortSignal.abort() });
      assert.deepEqual([tokens, reason], [[], "signal"]);
    });

    it("writes several prompts in their order, each as it would be alone", async () => {
      const { generator, prompt, checkpoint } = await create();
      if (!generator.generateAll) return;
      const settings = { checkpoint, maxNewTokens: 4, seed: 5, signal: new AbortController().signal };
      const together: unknown[] = [];
      for await (const { tokens, stopReason } of generator.generateAll({ ...settings, prompts: [prompt, prompt] })) {
        together.push({ tokens, reason: stopReason });
      }
      assert.deepEqual(together, [await write({}), await write({ stream: 1 })]);
    });

    it("can be left early", async () => {
      const { generator, ...subject } = await create();
      const { signal } = new AbortController();
      for await (const token of generator.generate({ ...subject, maxNewTokens: 4, seed: 5, signal })) {
        assert.ok(token);
        break;
      }
    });
  });
}
