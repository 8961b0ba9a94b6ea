import type { CorpusFile } from "./corpus.js";
import type { Json, JsonObject, Named } from "./json.js";

/** What a source gave to a split. */
export interface SplitCounts {
  readonly documents: number;
  readonly tokens: number;
  readonly characters?: number;
  /** Documents by their length in tokens: the key is the smallest power of two that is not less. */
  readonly lengths?: Named<number>;
}

/** A source of prepared data. */
export interface ManifestSource {
  readonly weight?: number;
  /** SPDX id. */
  readonly license?: string;
  readonly homepage?: string;
  readonly files: readonly CorpusFile[];
  /** Documents that safety filters dropped. */
  readonly dropped?: number;
  readonly splits: Named<SplitCounts>;
}

/**
 * What commands show of a data manifest. Prepared data serves every config that comes to the same tokens: licences and
 * homepages are those of the config that it was made for. A batch source may say less, and
 * more.
 */
export interface DataManifest {
  /** SHA-256 (hex) of the batch source's data. */
  readonly fingerprint?: string;
  readonly vocabSize?: number;
  readonly sources: Named<ManifestSource>;
}

/** The parts of a manifest that have their form; what lacks it is left out, for manifests are of many plugins. */
export function readDataManifest(manifest: JsonObject): DataManifest {
  return {
    ...defined({ fingerprint: textOf(manifest.fingerprint), vocabSize: numberOf(manifest.vocabSize) }),
    sources: mapOf(manifest.sources, readSource),
  };
}

function readSource(source: JsonObject): ManifestSource {
  const files = Array.isArray(source.files) ? (source.files as readonly Json[]) : [];
  return {
    ...defined({
      weight: numberOf(source.weight),
      license: textOf(source.license),
      homepage: textOf(source.homepage),
      dropped: numberOf(source.dropped),
    }),
    files: files.flatMap((file) => (isObject(file) && isFile(file) ? [file] : [])),
    splits: mapOf(source.splits, readSplit),
  };
}

function readSplit(split: JsonObject): SplitCounts {
  return {
    documents: numberOf(split.documents) ?? 0,
    tokens: numberOf(split.tokens) ?? 0,
    ...defined({
      characters: numberOf(split.characters),
      lengths: isObject(split.lengths) ? numbersOf(split.lengths) : undefined,
    }),
  };
}

function isFile(file: JsonObject): file is JsonObject & CorpusFile {
  return typeof file.id === "string" && typeof file.sizeBytes === "number" && typeof file.sha256 === "string";
}

function mapOf<Value>(value: Json | undefined, read: (object: JsonObject) => Value): Named<Value> {
  const entries = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(entries.flatMap(([name, object]) => (isObject(object) ? [[name, read(object)]] : [])));
}

function numbersOf(object: JsonObject): Named<number> {
  return Object.fromEntries(Object.entries(object).flatMap(([key, value]) => (isNumber(value) ? [[key, value]] : [])));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function numberOf(value: Json | undefined): number | undefined {
  return isNumber(value) ? value : undefined;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function defined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;
}
