import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { damaged } from "./checked-file.js";

export const manifestName = "manifest.json";

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const splitForm = z.strictObject({
  documents: count,
  tokens: count,
  characters: count,
  lengths: z.record(z.string(), count),
});
const sourceForm = z.strictObject({
  /** As the config that the tokens were first made for had them; a corpus says what holds now. */
  license: z.string().optional(),
  homepage: z.string().optional(),
  files: z.array(z.strictObject({ id: z.string(), sizeBytes: count, sha256 })),
  dropped: count,
  splits: z.strictObject({ train: splitForm, validation: splitForm }),
});
/** Of a key that is not named here nothing is read; `digest` stands for it too. */
const manifestForm = z.object({
  formatVersion: z.literal(2),
  /** Of the corpus, the tokenizer and the safety rules. */
  corpus: z.string(),
  tokenizer: z.string(),
  safety: z.string(),
  /** Digest of the options that decide the split and the separator. */
  options: z.string(),
  vocabSize: z.int().min(1),
  bytesPerToken: z.union([z.literal(2), z.literal(4)]),
  separator: z.array(count),
  split: z.strictObject({
    kind: z.enum(["documents", "tails", "files"]),
    fraction: z.number(),
    /** The smallest fraction that would hold out one document more. */
    nextFraction: z.number().optional(),
  }),
  firstDocument: z.string().optional(),
  sources: z.record(z.string(), sourceForm),
  files: z.record(z.string().regex(/^[\w.-]+$/), z.strictObject({ sizeBytes: count, sha256 })),
  digest: sha256,
});

/** What `manifest.json` of prepared data says. `digest` is the SHA-256 of all the rest. */
export type DataManifest = z.output<typeof manifestForm>;

export type ManifestSource = DataManifest["sources"][string];

/** Adds the manifest's own digest. */
export function sealed(manifest: Omit<DataManifest, "digest">): DataManifest {
  return { ...manifest, digest: digestOf(manifest) };
}

/**
 * The manifest of a folder; undefined where there is none.
 *
 * @throws CODEX_DATA_DAMAGED when it is not of this form, was changed, or lists a file that has another size.
 */
export async function readManifest(folder: string): Promise<DataManifest | undefined> {
  const path = join(folder, manifestName);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const manifest = parsed(text, path);
  for (const [name, { sizeBytes }] of Object.entries(manifest.files)) {
    const found = (await stat(join(folder, name)).catch(() => undefined))?.size;
    if (found !== sizeBytes) throw damaged(join(folder, name), `it has ${found ?? "no"} bytes, not ${sizeBytes}`);
  }
  return manifest;
}

function parsed(text: string, path: string): DataManifest {
  let manifest: DataManifest;
  let content: Record<string, unknown>;
  try {
    content = JSON.parse(text);
    manifest = manifestForm.parse(content);
  } catch (cause) {
    throw damaged(path, "it is not of the form that is expected", cause);
  }
  const { digest, ...rest } = content;
  if (digestOf(rest) !== digest) throw damaged(path, "it is not as it was written");
  return manifest;
}

/** SHA-256 of a JSON value; keys in the order given. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
