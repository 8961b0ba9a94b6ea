import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isCodexError } from "codex-core";
import { createTestCheckpoint, silentLogger } from "codex-core/testing";
import { LocalCheckpointStore, localCheckpointOptions } from "codex-plugin-checkpoint-local";
import { contentDigest } from "../power-loss/content-digest.js";
import { SeededRandom } from "../seeded-random.js";
import { addMember, doubleMember, replaceValue } from "./hostile-values.js";
import { mutateBytes } from "./mutate-bytes.js";
import { mutateSafetensors } from "./mutate-safetensors.js";
import { readPlainly } from "./plain-reader.js";

type Files = ReadonlyMap<string, Buffer>;

/** A mutated checkpoint. */
interface Mutation {
  readonly what: string;
  readonly files: Files;
  /** The digests were made to fit, as someone hostile would: what is behind them is reached. */
  readonly isForged: boolean;
}

/** How often each outcome came. */
export interface CampaignResult {
  /** Refused with a code of the catalogue. */
  refused: number;
  /** Loaded with the original's content: what was changed is not content, as a blank in the manifest. */
  same: number;
  /** Forged, and well-formed: loaded with what a plain reader reads. */
  lawful: number;
  /** Errors without a code, content that differs, loads of what is not well-formed. */
  readonly failures: string[];
  /** How much further the process's resident memory reached than before. */
  peakGrowthBytes: number;
}

/** Saves one checkpoint, then loads mutations of it. */
export class MutationCampaign {
  private readonly store: LocalCheckpointStore;

  constructor(folder: string) {
    this.store = new LocalCheckpointStore(localCheckpointOptions.parse({}), folder, silentLogger);
  }

  async run(count: number, seed: number): Promise<CampaignResult> {
    const random = new SeededRandom(seed);
    const result: CampaignResult = { refused: 0, same: 0, lawful: 0, failures: [], peakGrowthBytes: 0 };
    const peakBefore = peakBytes();
    const original = createTestCheckpoint(250);
    const { path } = await this.store.save(original);
    const files = readFiles(path);
    for (let index = 0; index < count; index += 1) {
      const mutation = random.below(2) === 0 ? accident(files, random) : forgery(files, random);
      writeFiles(path, mutation.files);
      const outcome = await this.outcome(path, mutation, contentDigest(original));
      if (typeof outcome === "string") result[outcome] += 1;
      else result.failures.push(`${index}, ${mutation.what}: ${outcome.failure}`);
    }
    return { ...result, peakGrowthBytes: peakBytes() - peakBefore };
  }

  async dispose(): Promise<void> {
    await this.store.dispose();
  }

  private async outcome(
    path: string,
    { isForged }: Mutation,
    original: string,
  ): Promise<"refused" | "same" | "lawful" | { readonly failure: string }> {
    for (const look of [() => this.store.list(dirname(path)), () => this.store.inspect(path)]) {
      const problem = await look().then(() => undefined, uncoded);
      if (problem !== undefined) return { failure: problem };
    }
    const loaded = await this.store.load(path).catch((error: unknown) => ({ error }));
    if ("error" in loaded) {
      const problem = uncoded(loaded.error);
      return problem === undefined ? "refused" : { failure: problem };
    }
    const digest = contentDigest(loaded);
    if (digest === original) return "same";
    if (!isForged) return { failure: "it was loaded with other content" };
    try {
      return contentDigest(readPlainly(path)) === digest ? "lawful" : { failure: "a plain reader reads other content" };
    } catch (error) {
      return { failure: `it was loaded, and is not well-formed: ${String(error)}` };
    }
  }
}

/** What is wrong with an error of loading: it has no code of checkpoints. */
function uncoded(error: unknown): string | undefined {
  if (isCodexError(error) && /^CODEX_CHECKPOINT_(CORRUPT|NOT_FOUND|NEWER_FORMAT)$/.test(error.code)) return undefined;
  return String(error instanceof Error ? error.stack : error).slice(0, 400);
}

/** Something happened to a file; the digests are as they were. */
function accident(files: Files, random: SeededRandom): Mutation {
  const name = random.pick([...files.keys()]);
  const changed = new Map(files);
  const kind = random.below(12);
  if (kind === 0) {
    changed.delete(name);
    return { what: `${name} removed`, files: changed, isForged: false };
  }
  if (kind === 1) {
    const other = random.pick([...files.keys()]);
    changed.set(name, files.get(other)!);
    return { what: `${name} replaced by ${other}`, files: changed, isForged: false };
  }
  const { what, bytes } = mutateBytes(files.get(name)!, random);
  return { what: `${name} with ${what}`, files: changed.set(name, bytes), isForged: false };
}

/** Someone hostile changed a file and made the digests fit. */
function forgery(files: Files, random: SeededRandom): Mutation {
  const name = random.pick([...files.keys()]);
  const bytes = files.get(name)!;
  const jsonChange = random.pick([replaceValue, replaceValue, addMember, doubleMember]);
  const changed = new Map(files);
  if (name === "manifest.json") {
    changed.set(name, Buffer.from(signed(jsonChange(bytes.toString(), random))));
    return { what: `manifest.json by ${jsonChange.name}`, files: changed, isForged: true };
  }
  const isTensors = name.endsWith(".safetensors");
  const isAccident = random.below(4) === 0 || !(isTensors || name.endsWith(".json"));
  const { what, bytes: forged } = isAccident
    ? mutateBytes(bytes, random)
    : isTensors
      ? mutateSafetensors(bytes, random)
      : { what: jsonChange.name, bytes: Buffer.from(jsonChange(bytes.toString(), random)) };
  changed.set(name, forged);
  const manifest = JSON.parse(files.get("manifest.json")!.toString());
  manifest.files[name] = { sizeBytes: forged.length, sha256: sha256(forged) };
  changed.set("manifest.json", Buffer.from(signed(JSON.stringify(manifest))));
  return { what: `${name} with ${what}, digests made to fit`, files: changed, isForged: true };
}

/** A manifest's text with the digest that fits its content, where it has one. */
function signed(manifest: string): string {
  try {
    const { formatVersion, step, files } = JSON.parse(manifest);
    const names = Object.keys(files).sort();
    const digested = [formatVersion, step, names.map((name) => [name, files[name]?.sizeBytes, files[name]?.sha256])];
    return manifest.replace(/("digest"\s*:\s*)"[0-9a-f]{64}"/, `$1"${sha256(JSON.stringify(digested))}"`);
  } catch {
    return manifest;
  }
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function readFiles(folder: string): Files {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [name.split("\\").join("/"), readFileSync(join(folder, name))]));
}

function writeFiles(folder: string, files: Files): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
}
