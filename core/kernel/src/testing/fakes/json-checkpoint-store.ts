import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type {
  Checkpoint,
  CheckpointContents,
  CheckpointStore,
  LoadedCheckpoint,
  LoadOptions,
  PruneOptions,
  SavedCheckpoint,
} from "../../contracts/checkpoint-store.js";
import type { JsonObject, Named } from "../../contracts/json.js";
import type { TensorData, TensorSpecs, TypedArray } from "../../contracts/tensor-data.js";
import { isCodexError } from "../../errors/codex-error.js";
import { defineErrors } from "../../errors/define-errors.js";
import { fromJsonNumbers, toJsonNumbers } from "../../run/json-number.js";
import { makeFolder } from "../../run/make-folder.js";

export const fakeCheckpointErrors = defineErrors({
  CODEX_CHECKPOINT_NOT_FOUND: {
    exitCode: 2,
    when: "There is no checkpoint at a path.",
    fix: "Name a checkpoint's folder.",
  },
  CODEX_CHECKPOINT_CORRUPT: {
    exitCode: 2,
    when: "A checkpoint's file is absent, was cut or was changed.",
    fix: "Use another checkpoint.",
  },
});

interface Manifest {
  readonly step: number;
  readonly metrics: JsonObject;
  readonly files: Named<string>;
  readonly digest: string;
}

/** Checkpoints as JSON, small ones, each verified by digests of its files. Keeps all of them. */
export class JsonCheckpointStore implements CheckpointStore {
  constructor(readonly runFolder: string | undefined) {}

  async save(checkpoint: Checkpoint): Promise<SavedCheckpoint> {
    const folder = join(this.runFolder ?? ".", "checkpoints");
    const path = join(folder, `step-${String(checkpoint.step).padStart(8, "0")}`);
    const temporary = `${path}.tmp`;
    await rm(temporary, { recursive: true, force: true });
    await makeFolder(temporary);
    try {
      for (const { name, kind, write } of checkpoint.attachments) {
        if (kind === "folder") await mkdir(join(temporary, name));
        await write(join(temporary, name));
      }
      await writeFile(join(temporary, "checkpoint.json"), JSON.stringify(encode(checkpoint)));
      const files = await digests(temporary);
      const content = { step: checkpoint.step, metrics: toJsonNumbers(checkpoint.metrics), files };
      const manifest: Manifest = { ...content, digest: digestOf(JSON.stringify(content)) };
      await writeFile(join(temporary, "manifest.json"), JSON.stringify(manifest));
      await rm(path, { recursive: true, force: true });
      await rename(temporary, path);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return saved(path, await readManifest(path));
  }

  async load(path: string, options: LoadOptions = {}): Promise<LoadedCheckpoint> {
    const manifest = await readManifest(path);
    const { "manifest.json": _, ...found } = await digests(path);
    if (JSON.stringify(found) !== JSON.stringify(manifest.files)) throw corrupt(path, "a file was changed");
    const text = await readFile(join(path, "checkpoint.json"), "utf8");
    const { model, optimizer, ...rest } = JSON.parse(text) as ReturnType<typeof encode>;
    return {
      path,
      ...rest,
      metrics: fromJsonNumbers(rest.metrics),
      model: decodeTensors(model),
      optimizer: options.optimizer === false ? {} : decodeTensors(optimizer),
    };
  }

  async list(folder: string): Promise<readonly SavedCheckpoint[]> {
    const names = await readdir(folder).catch(() => []);
    const found: SavedCheckpoint[] = [];
    for (const name of names.filter((each) => /^step-\d+$/.test(each))) {
      const manifest = await readManifest(join(folder, name)).catch(() => undefined);
      if (manifest) found.push(saved(join(folder, name), manifest));
    }
    return found.sort((left, right) => left.step - right.step);
  }

  async inspect(path: string): Promise<CheckpointContents> {
    const manifest = await readManifest(path);
    const { model, optimizer } = await this.load(path);
    const files = Object.entries(manifest.files).map(([name, sha256]) => [name, { sizeBytes: 1, sha256 }] as const);
    return {
      ...saved(path, manifest),
      formatVersion: 1,
      files: Object.fromEntries(files),
      tensors: { model: specsOf(model), optimizer: specsOf(optimizer) },
    };
  }

  async verify(path: string): Promise<CheckpointContents> {
    return this.inspect(path);
  }

  async prune(folder: string, { keepLast = Infinity, dryRun }: PruneOptions = {}): Promise<readonly SavedCheckpoint[]> {
    const found = await this.list(folder);
    const removed = found.slice(0, Math.max(0, found.length - Math.max(1, keepLast)));
    if (!dryRun) for (const { path } of removed) await rm(path, { recursive: true });
    return removed;
  }
}

function specsOf(tensors: Named<TensorData>): TensorSpecs {
  return Object.fromEntries(Object.entries(tensors).map(([name, { shape, dtype }]) => [name, { shape, dtype }]));
}

function saved(path: string, { step, metrics }: Manifest): SavedCheckpoint {
  return { path, step, metrics: fromJsonNumbers(metrics), sizeBytes: 1 };
}

async function readManifest(path: string): Promise<Manifest> {
  try {
    const text = await readFile(join(path, "manifest.json"), "utf8");
    const { digest, ...content } = JSON.parse(text) as Manifest;
    const manifest = { ...content, digest };
    if (digestOf(JSON.stringify(content)) !== digest || JSON.stringify(manifest) !== text) {
      throw corrupt(path, "the manifest was changed");
    }
    return manifest;
  } catch (error) {
    if (isCodexError(error)) throw error;
    if (error instanceof SyntaxError) throw corrupt(path, "the manifest was cut");
    throw fakeCheckpointErrors.CODEX_CHECKPOINT_NOT_FOUND({ what: `There is no checkpoint at ${path}.`, cause: error });
  }
}

async function digests(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = join(entry.parentPath, entry.name);
    found[file.slice(folder.length + 1)] = digestOf(await readFile(file));
  }
  return Object.fromEntries(Object.entries(found).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function digestOf(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function encode({ step, model, optimizer, modelDescription, parts, metrics }: Checkpoint) {
  return {
    step,
    modelDescription,
    parts,
    metrics: toJsonNumbers(metrics),
    model: encodeTensors(model),
    optimizer: encodeTensors(optimizer),
  };
}

interface EncodedTensor extends Omit<TensorData, "data"> {
  readonly base64: string;
}

function encodeTensors(tensors: Named<TensorData>): Named<EncodedTensor> {
  const encoded = Object.entries(tensors).map(([name, { shape, dtype, data }]) => {
    const base64 = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
    return [name, { shape, dtype, base64 }] as const;
  });
  return Object.fromEntries(encoded);
}

function decodeTensors(tensors: Named<EncodedTensor>): Named<TensorData> {
  const decoded = Object.entries(tensors).map(([name, { shape, dtype, base64 }]) => {
    const bytes = new Uint8Array(Buffer.from(base64, "base64"));
    const data: TypedArray = dtype === "float32" ? new Float32Array(bytes.buffer) : new Int32Array(bytes.buffer);
    return [name, { shape, dtype, data }] as const;
  });
  return Object.fromEntries(decoded);
}

function corrupt(path: string, why: string): Error {
  return fakeCheckpointErrors.CODEX_CHECKPOINT_CORRUPT({ what: `The checkpoint ${path} is damaged: ${why}.` });
}
