import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadedCheckpoint, Named, TensorData } from "codex-core";

/**
 * Reads a checkpoint by what its formats say and nothing else: JSON.parse and typed arrays, none of the product's code.
 * What it takes is well-formed.
 *
 * @throws Error when a rule is broken
 */
export function readPlainly(folder: string): Omit<LoadedCheckpoint, "path"> {
  const { step, metrics, parts, ...more } = parse(join(folder, "state.json")) as Omit<LoadedCheckpoint, "path">;
  need(Number.isSafeInteger(step) && step >= 0 && Object.keys(more).length === 0, "state.json");
  for (const value of Object.values(metrics)) {
    need(typeof value === "number" || ["NaN", "Infinity", "-Infinity"].includes(value as string), "a metric");
  }
  for (const part of Object.values(parts)) {
    need(Object.keys(part).sort().join() === "state,version" && Number.isSafeInteger(part.version), "a part");
    need(part.version >= 0, "a part's version");
  }
  const modelDescription = parse(join(folder, "model.json")) as LoadedCheckpoint["modelDescription"];
  return {
    step,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number(value)])),
    parts,
    modelDescription,
    model: readTensors(join(folder, "model.safetensors")),
    optimizer: readTensors(join(folder, "optimizer.safetensors")),
  };
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

function readTensors(path: string): Named<TensorData> {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE());
  need(length <= bytes.length - 8 && bytes[8] === 0x7b, "the header's length and brace");
  const { __metadata__ = {}, ...entries } = parseBytes(bytes.subarray(8, 8 + length)) as Record<string, Entry>;
  need(isMap(__metadata__) && Object.values(__metadata__).every((value) => typeof value === "string"), "metadata");
  const data = bytes.subarray(8 + length);
  const tensors: Record<string, TensorData> = {};
  let covered = 0;
  const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const byOffset = Object.entries(entries).sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  for (const [name, { dtype, shape, data_offsets, ...more }] of byOffset) {
    need(Array.isArray(shape) && shape.every(isSize) && Object.keys(more).length === 0, name);
    need(Array.isArray(data_offsets) && data_offsets.length === 2 && data_offsets.every(isSize), name);
    need(dtype === "F32" || dtype === "I32", `${name}: ${dtype}`);
    const [begin, end] = data_offsets;
    need(begin === covered && end <= data.length, `${name}: offsets`);
    need(end - begin === 4 * shape.reduce((product, size) => product * size, 1), `${name}: size`);
    covered = end;
    const copy = new Uint8Array(data.subarray(begin, end)).buffer;
    tensors[name] =
      dtype === "F32"
        ? { dtype: "float32", shape, data: new Float32Array(copy) }
        : { dtype: "int32", shape, data: new Int32Array(copy) };
  }
  need(covered === data.length, "bytes of no tensor");
  return tensors;
}

function parse(path: string): object {
  return parseBytes(readFileSync(path));
}

/** An object of which no object has a key twice; JSON.parse would keep the last: read again, the text is shorter. */
function parseBytes(bytes: Uint8Array): object {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const value: unknown = JSON.parse(text);
  need(isMap(value), "an object");
  const colons = (json: string) => json.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length;
  need(colons(text) === colons(JSON.stringify(value)), "a key twice");
  return value as object;
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function need(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`Not well-formed: ${what}.`);
}
