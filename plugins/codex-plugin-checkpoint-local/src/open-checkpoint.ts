import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import {
  type CheckpointContents,
  isCodexError,
  type JsonObject,
  type LoadedCheckpoint,
  type LoadOptions,
  type SavedCheckpoint,
} from "codex-core";
import { digestFile } from "./digest.js";
import { checkpointErrors, corruptCheckpoint } from "./errors.js";
import { type Manifest, manifestName, parseManifest } from "./manifest.js";
import { openFile, reading, readJson } from "./open-file.js";
import { readOpenSafetensors, readTensorSpecs } from "./safetensors/read-safetensors.js";
import { type CheckpointState, decodeState } from "./state-file.js";

const optimizerFile = "optimizer.safetensors";

/**
 * A checkpoint that is being read. All its files are open, so that it is read whole although it is removed or replaced
 * meanwhile.
 */
export class OpenCheckpoint {
  private constructor(
    private readonly path: string,
    private readonly manifest: Manifest,
    private readonly handles: ReadonlyMap<string, FileHandle>,
  ) {}

  /**
   * Opens a checkpoint, reads of it, and closes it. Manifest, names and sizes of files are verified.
   *
   * @throws CODEX_CHECKPOINT_NOT_FOUND, CODEX_CHECKPOINT_CORRUPT, CODEX_CHECKPOINT_NEWER_FORMAT, CODEX_CHECKPOINT_READ
   */
  static async read<Value>(path: string, read: (open: OpenCheckpoint) => Promise<Value>): Promise<Value> {
    const handles = new Map<string, FileHandle>();
    try {
      const manifest = await readManifest(path);
      for (const [name, { sizeBytes }] of Object.entries(manifest.files)) {
        handles.set(name, await openSized(join(path, name), name, sizeBytes));
      }
      return await read(new OpenCheckpoint(path, manifest, handles));
    } finally {
      for (const handle of handles.values()) await handle.close();
    }
  }

  /** Reads what a run goes on from; every byte is verified, the optimizer's only where they are read. */
  async load({ optimizer = true }: LoadOptions): Promise<LoadedCheckpoint> {
    await this.verify((name) => optimizer || name !== optimizerFile);
    const { path } = this;
    const { step, metrics, parts } = await this.state();
    const modelDescription = await this.modelDescription();
    const { tensors: model } = await this.tensors("model.safetensors", readOpenSafetensors);
    const moments = optimizer ? (await this.tensors(optimizerFile, readOpenSafetensors)).tensors : {};
    return { path, step, metrics, parts, modelDescription, model, optimizer: moments };
  }

  async summary(): Promise<SavedCheckpoint> {
    const { path, manifest } = this;
    const sizeBytes = Object.values(manifest.files).reduce((sum, file) => sum + file.sizeBytes, 0);
    return { path, step: manifest.step, metrics: (await this.state()).metrics, sizeBytes };
  }

  async contents(): Promise<CheckpointContents> {
    const { formatVersion, files } = this.manifest;
    const model = await this.tensors("model.safetensors", readTensorSpecs);
    const optimizer = await this.tensors(optimizerFile, readTensorSpecs);
    return { ...(await this.summary()), formatVersion, files, tensors: { model, optimizer } };
  }

  /**
   * Compares files with their digests.
   *
   * @throws CODEX_CHECKPOINT_CORRUPT naming the first that differs, CODEX_CHECKPOINT_READ
   */
  async verify(isAsked: (name: string) => boolean = () => true): Promise<void> {
    for (const [name, handle] of this.handles) {
      const path = join(this.path, name);
      if (!isAsked(name)) continue;
      const digest = await reading(path, () => digestFile(handle));
      if (digest !== this.manifest.files[name]?.sha256) {
        throw corruptCheckpoint(path, `${name} does not match its SHA-256 in manifest.json.`);
      }
    }
  }

  private async state(): Promise<CheckpointState> {
    const { handle, path } = this.file("state.json");
    const state = decodeState(await readJson(handle, path), path);
    const { step } = this.manifest;
    if (state.step === step) return state;
    throw corruptCheckpoint(path, `state.json is of step ${state.step}, manifest.json of step ${step}.`);
  }

  private async modelDescription(): Promise<JsonObject> {
    const { handle, path } = this.file("model.json");
    const parsed = await readJson(handle, path);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject;
    throw corruptCheckpoint(path, "model.json is not a JSON object.");
  }

  /** @throws CODEX_CHECKPOINT_CORRUPT for whatever is wrong with a tensor file, CODEX_CHECKPOINT_READ */
  private async tensors<Value>(name: string, read: (handle: FileHandle, path: string) => Promise<Value>) {
    const { handle, path } = this.file(name);
    return reading(path, () => read(handle, path)).catch((cause: unknown) => {
      if (!isCodexError(cause) || cause.code === "CODEX_CHECKPOINT_READ") throw cause;
      throw corruptCheckpoint(path, `${name} cannot be read: ${cause.message}`, cause);
    });
  }

  private file(name: string): { readonly handle: FileHandle; readonly path: string } {
    const handle = this.handles.get(name);
    if (!handle) throw corruptCheckpoint(this.path, `${manifestName} does not list ${name}.`);
    return { handle, path: join(this.path, name) };
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName);
  const handle = await openFile(path).catch((cause: unknown) => {
    if (!isCodexError(cause) || cause.code !== "CODEX_CHECKPOINT_CORRUPT") throw cause;
    const what = `${folder} is not a checkpoint: it has no ${manifestName}.`;
    throw checkpointErrors.CODEX_CHECKPOINT_NOT_FOUND({ what, where: folder, cause });
  });
  try {
    return parseManifest(await readJson(handle, path), path);
  } finally {
    await handle.close();
  }
}

async function openSized(path: string, name: string, sizeBytes: number): Promise<FileHandle> {
  const handle = await openFile(path);
  const { size } = await handle.stat();
  if (size === sizeBytes) return handle;
  await handle.close();
  throw corruptCheckpoint(path, `${name} has ${size} bytes; manifest.json says ${sizeBytes}.`);
}
