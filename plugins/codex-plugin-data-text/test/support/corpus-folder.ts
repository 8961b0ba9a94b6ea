import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SafetyGate, Tokenizer } from "codex-core";
import { createTemporaryFolder } from "codex-core/testing";

/** A project folder with files in it. */
export async function createProject(files: { [path: string]: string | Uint8Array }): Promise<string> {
  const folder = await createTemporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** A tokenizer whose ids are UTF-16 units. */
export function createUnitTokenizer(overrides: Partial<Tokenizer> = {}): Tokenizer {
  return {
    vocabSize: 0x10000,
    fingerprint: "units",
    special: {},
    encode: (text) => Uint32Array.from({ length: text.length }, (_, index) => text.charCodeAt(index)),
    decode: (tokenIds) => String.fromCharCode(...Array.from(tokenIds)),
    encodeBatch: () => [],
    save: async () => {},
    ...overrides,
  };
}

/** A gate that changes texts as a function says. */
export function createGate(change: (text: string) => string | undefined = (text) => text): SafetyGate {
  return {
    fingerprint: "gate",
    inspect: async (texts) => texts.map(change),
    stream: () => ({ push: async (text) => text, end: async () => "" }),
  };
}

/** Text of numbered words: no two stretches of it are alike. */
export function numberedWords(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => `word${from + index}`).join(" ");
}
