import { mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  type Checkpoint,
  type CheckpointContents,
  type CheckpointStore,
  type Disposable,
  isCodexError,
  type JsonObject,
  type LoadedCheckpoint,
  type LoadOptions,
  type Logger,
  type Named,
  type PruneOptions,
  type SavedCheckpoint,
  type TensorData,
  type TensorSpecs,
} from "codex-core";
import { listFiles, removeDurably, writeDurably } from "./durable-folder.js";
import { checkpointErrors } from "./errors.js";
import {
  corruptCheckpoint,
  describeFiles,
  type Manifest,
  manifestName,
  readManifest,
  verifyFiles,
} from "./manifest.js";
import type { LocalCheckpointOptions } from "./options.js";
import { prunable } from "./retention.js";
import { readSafetensors, readTensorSpecs } from "./safetensors/read-safetensors.js";
import { SaveThread } from "./save-thread.js";
import { readSmallFile } from "./small-file.js";
import { decodeState, encodeState } from "./state-file.js";

const stepFolder = /^step-\d{8,}$/;
const ownNames = new Set(["model.safetensors", "optimizer.safetensors", "state.json", "model.json", manifestName]);

/**
 * Keeps checkpoints as folders `checkpoints/step-00000250` of the run's folder: model.safetensors,
 * optimizer.safetensors, state.json, model.json, what others attach, and last manifest.json.
 */
export class LocalCheckpointStore implements CheckpointStore, Disposable {
  readonly every: number | undefined;
  private readonly thread = new SaveThread();

  constructor(
    private readonly options: LocalCheckpointOptions,
    private readonly runFolder: string | undefined,
    private readonly logger: Logger,
  ) {
    this.every = options.every;
  }

  async save(checkpoint: Checkpoint): Promise<SavedCheckpoint> {
    if (this.runFolder === undefined) {
      throw checkpointErrors.CODEX_CHECKPOINT_NO_RUN({ what: "There is no run folder to save a checkpoint in." });
    }
    const folder = join(this.runFolder, "checkpoints");
    const name = `step-${String(checkpoint.step).padStart(8, "0")}`;
    const path = await this.write(folder, name, checkpoint);
    const saved = describe(path, await readManifest(path), checkpoint.metrics);
    await this.pruneAfterSave(folder);
    return saved;
  }

  async dispose(): Promise<void> {
    await this.thread.dispose();
  }

  async load(path: string, options: LoadOptions = {}): Promise<LoadedCheckpoint> {
    const manifest = await readManifest(path);
    const names = Object.keys(manifest.files);
    const withOptimizer = options.optimizer ?? true;
    await verifyFiles(
      path,
      manifest,
      names.filter((name) => withOptimizer || name !== "optimizer.safetensors"),
    );
    const state = decodeState(await readListed(path, manifest, "state.json"), join(path, "state.json"));
    return {
      path,
      step: state.step,
      metrics: state.metrics,
      parts: state.parts,
      modelDescription: parseObject(await readListed(path, manifest, "model.json"), join(path, "model.json")),
      model: await readTensors(path, manifest, "model.safetensors"),
      optimizer: withOptimizer ? await readTensors(path, manifest, "optimizer.safetensors") : {},
    };
  }

  async list(folder: string): Promise<readonly SavedCheckpoint[]> {
    const names = await readdir(folder).catch(() => []);
    const found: SavedCheckpoint[] = [];
    for (const name of names.filter((candidate) => stepFolder.test(candidate))) {
      const path = join(folder, name);
      try {
        const manifest = await readManifest(path);
        const state = decodeState(await readListed(path, manifest, "state.json"), join(path, "state.json"));
        found.push(describe(path, manifest, state.metrics));
      } catch (error) {
        if (!isCodexError(error)) throw error;
        this.logger.warn("A checkpoint is left out, because it is not whole.", { path, reason: error.what });
      }
    }
    return found.sort((a, b) => a.step - b.step);
  }

  async inspect(path: string): Promise<CheckpointContents> {
    const manifest = await readManifest(path);
    const state = decodeState(await readListed(path, manifest, "state.json"), join(path, "state.json"));
    return {
      ...describe(path, manifest, state.metrics),
      formatVersion: manifest.formatVersion,
      files: manifest.files,
      tensors: {
        model: await readSpecs(path, manifest, "model.safetensors"),
        optimizer: await readSpecs(path, manifest, "optimizer.safetensors"),
      },
    };
  }

  async verify(path: string): Promise<CheckpointContents> {
    const manifest = await readManifest(path);
    await verifyFiles(path, manifest, Object.keys(manifest.files));
    return this.inspect(path);
  }

  async prune(folder: string, { dryRun, ...asked }: PruneOptions = {}): Promise<readonly SavedCheckpoint[]> {
    const removed = prunable(await this.list(folder), { ...this.options, ...asked });
    if (!dryRun) for (const { path } of removed) await removeDurably(dirname(path), basename(path));
    return removed;
  }

  private async write(folder: string, name: string, checkpoint: Checkpoint): Promise<string> {
    for (const attachment of checkpoint.attachments) checkAttachmentName(attachment.name);
    try {
      return await writeDurably(folder, name, async (temporary) => {
        const tensors = {
          "model.safetensors": await this.thread.write(join(temporary, "model.safetensors"), checkpoint.model),
          "optimizer.safetensors": await this.thread.write(
            join(temporary, "optimizer.safetensors"),
            checkpoint.optimizer,
          ),
        };
        await writeFile(join(temporary, "model.json"), `${JSON.stringify(checkpoint.modelDescription, null, 2)}\n`);
        await writeFile(join(temporary, "state.json"), encodeState(checkpoint));
        for (const attachment of checkpoint.attachments) {
          const path = join(temporary, attachment.name);
          if (attachment.kind === "folder") await mkdir(path);
          await attachment.write(path);
        }
        const manifest = await describeFiles(temporary, await listFiles(temporary), checkpoint.step, tensors);
        await writeFile(join(temporary, manifestName), JSON.stringify(manifest, null, 2));
      });
    } catch (cause) {
      if (isCodexError(cause)) throw cause;
      throw checkpointErrors.CODEX_CHECKPOINT_WRITE({
        what: `The checkpoint of step ${checkpoint.step} could not be written: ${(cause as Error).message}`,
        where: join(folder, name),
        cause,
      });
    }
  }

  /** What cannot be removed stays, and is tried again after the next save: the checkpoint itself is safe. */
  private async pruneAfterSave(folder: string): Promise<void> {
    for (const { path } of prunable(await this.list(folder), this.options)) {
      try {
        await removeDurably(dirname(path), basename(path));
        this.logger.debug("A checkpoint was removed.", { path });
      } catch (error) {
        this.logger.warn("A checkpoint that is no longer kept cannot be removed.", {
          path,
          reason: (error as Error).message,
        });
      }
    }
  }
}

function describe(path: string, manifest: Manifest, metrics: Named<number>): SavedCheckpoint {
  const sizeBytes = Object.values(manifest.files).reduce((sum, file) => sum + file.sizeBytes, 0);
  return { path, step: manifest.step, metrics, sizeBytes };
}

function checkAttachmentName(name: string): void {
  if (ownNames.has(name) || basename(name) !== name || name === "." || name === "..") {
    throw checkpointErrors.CODEX_CHECKPOINT_WRITE({
      what: `Nothing can be attached to a checkpoint as "${name}".`,
      why: "The name is taken or is not a plain file name.",
      fix: "Give the attachment another name.",
    });
  }
}

async function readListed(folder: string, manifest: Manifest, name: string): Promise<string> {
  if (!manifest.files[name]) throw corruptCheckpoint(folder, `manifest.json does not list ${name}.`);
  return readSmallFile(join(folder, name));
}

async function readSpecs(folder: string, manifest: Manifest, name: string): Promise<TensorSpecs> {
  if (!manifest.files[name]) throw corruptCheckpoint(folder, `manifest.json does not list ${name}.`);
  const path = join(folder, name);
  try {
    return await readTensorSpecs(path);
  } catch (cause) {
    throw corruptCheckpoint(path, `${name} cannot be read: ${(cause as Error).message}`, cause);
  }
}

async function readTensors(folder: string, manifest: Manifest, name: string): Promise<Named<TensorData>> {
  if (!manifest.files[name]) throw corruptCheckpoint(folder, `manifest.json does not list ${name}.`);
  const path = join(folder, name);
  try {
    return (await readSafetensors(path)).tensors;
  } catch (cause) {
    throw corruptCheckpoint(path, `${name} cannot be read: ${(cause as Error).message}`, cause);
  }
}

function parseObject(text: string, path: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject;
  } catch (cause) {
    throw corruptCheckpoint(path, `${basename(path)} is not JSON.`, cause);
  }
  throw corruptCheckpoint(path, `${basename(path)} is not a JSON object.`);
}
