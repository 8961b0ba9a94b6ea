import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readSafetensors } from "codex-plugin-checkpoint-local/safetensors";

/**
 * What `peers/pytorch_gpt.py export` wrote: initial weights, batches, and the losses of 20 steps.
 *
 * @param {string} folder
 */
export async function readReference(folder) {
  const reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8"));
  const { tensors } = await readSafetensors(join(folder, "model.safetensors"));
  const bytes = await readFile(join(folder, "batches.int32"));
  const sequences = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return { ...reference, tensors, sequences };
}

/** Sequences like the peer's: each id follows from the one before, so that the loss falls and ids repeat. */
export function makeSequences({ microBatch, contextLength, vocabSize }, count = 20) {
  const states = Math.min(vocabSize, 211);
  const stride = Math.floor(vocabSize / states);
  const sequences = new Int32Array(count * microBatch * (contextLength + 1));
  let seed = 1;
  const below = (limit) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  let state = 0;
  for (let i = 0; i < sequences.length; i++) {
    state = i % (contextLength + 1) === 0 ? below(states) : (state * 3 + below(3)) % states;
    sequences[i] = state * stride;
  }
  return sequences;
}

/** The microBatch of a step: inputs, targets one later, and a mask that counts every token. */
export function batchOf(sequences, { microBatch, contextLength }, step) {
  const length = contextLength + 1;
  const count = sequences.length / (microBatch * length);
  const tokenIds = new Int32Array(microBatch * contextLength);
  const targetIds = new Int32Array(microBatch * contextLength);
  for (let row = 0; row < microBatch; row++) {
    const start = ((step % count) * microBatch + row) * length;
    tokenIds.set(sequences.subarray(start, start + contextLength), row * contextLength);
    targetIds.set(sequences.subarray(start + 1, start + length), row * contextLength);
  }
  return { tokenIds, targetIds, lossMask: new Float32Array(microBatch * contextLength).fill(1) };
}
