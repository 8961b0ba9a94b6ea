import { z } from "zod";
import { checkpointErrors } from "../errors.js";
import { shorten } from "../shorten.js";
import { parseStrictJson } from "../strict-json.js";

/** Longest header that readers of the format accept, bytes. */
export const maxHeaderBytes = 100_000_000;

/** Element types of the format, with their width in bytes. */
export const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;

export type ElementType = keyof typeof elementBytes;

/** Where a tensor's bytes are: relative to the data section, end exclusive. */
export interface TensorEntry {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

const openingBrace = "{".charCodeAt(0);
const size = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});
const metadataSchema = z.record(z.string(), z.string());

/** Says that a file breaks the rules of safetensors. */
export function corrupt(file: string, what: string, tensor?: string, cause?: unknown): Error {
  return checkpointErrors.CODEX_SAFETENSORS_CORRUPT({
    what: shorten(what),
    where: tensor === undefined ? file : `${file} → ${shorten(tensor)}`,
    cause,
  });
}

/**
 * Reads the JSON of a header and checks every rule of the format, so that a reader may allocate by it: no tensor
 * reaches past the data, none overlap, nothing lies between them.
 *
 * @param dataBytes Size of the file's data section.
 * @throws CODEX_SAFETENSORS_CORRUPT naming the file and, where there is one, the tensor.
 * @source https://github.com/huggingface/safetensors#format
 */
export function parseHeader(json: Uint8Array, dataBytes: number, file: string): SafetensorsHeader {
  const entries = parseObject(json, file);
  const tensors = new Map<string, TensorEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of entries) {
    if (name === "__metadata__") {
      const parsed = metadataSchema.safeParse(value);
      if (!parsed.success) throw corrupt(file, "The header's __metadata__ is not a map of strings.");
      metadata = parsed.data;
    } else {
      tensors.set(name, parseEntry(name, value, file));
    }
  }
  checkLayout(tensors, dataBytes, file);
  return { metadata, tensors };
}

function parseObject(json: Uint8Array, file: string): [string, unknown][] {
  if (json[0] !== openingBrace) throw corrupt(file, "The header does not start with an opening brace.");
  let parsed: unknown;
  try {
    parsed = parseStrictJson(json);
  } catch (cause) {
    throw corrupt(file, `The header is not strict JSON: ${(cause as Error).message}`, undefined, cause);
  }
  return Object.entries(parsed as Record<string, unknown>);
}

function parseEntry(name: string, value: unknown, file: string): TensorEntry {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) throw corrupt(file, "The tensor's entry needs dtype, shape and data_offsets.", name);
  const { dtype, shape, data_offsets } = parsed.data;
  if (!Object.hasOwn(elementBytes, dtype)) throw corrupt(file, `The tensor has the unknown dtype "${dtype}".`, name);
  const [begin, end] = data_offsets;
  const bytes = shape.reduce((product, length) => product * length, elementBytes[dtype as ElementType]);
  if (end - begin !== bytes) {
    throw corrupt(file, `The tensor has ${end - begin} bytes, its shape [${shape.join(", ")}] needs ${bytes}.`, name);
  }
  return { dtype: dtype as ElementType, shape, begin, end };
}

function checkLayout(tensors: ReadonlyMap<string, TensorEntry>, dataBytes: number, file: string): void {
  const ordered = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const [name, { begin, end }] of ordered) {
    if (begin < position) throw corrupt(file, "The tensor overlaps another.", name);
    if (begin > position) throw corrupt(file, `There is a hole of ${begin - position} bytes before the tensor.`, name);
    if (end > dataBytes) {
      throw corrupt(file, `The tensor ends at byte ${end} of the data, the file has ${dataBytes}.`, name);
    }
    position = end;
  }
  if (position !== dataBytes) {
    throw corrupt(file, `The tensors end at byte ${position} of the data, the file has ${dataBytes}.`);
  }
}
