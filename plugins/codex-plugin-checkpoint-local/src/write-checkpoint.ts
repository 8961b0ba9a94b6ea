import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Checkpoint, type CheckpointAttachment, isCodexError, type SavedCheckpoint } from "codex-core";
import { listFiles, writeDurably } from "./durable-folder.js";
import { checkpointErrors } from "./errors.js";
import { describeFiles, manifestName } from "./manifest.js";
import { OpenCheckpoint } from "./open-checkpoint.js";
import type { SaveThread } from "./save-thread.js";
import { encodeState } from "./state-file.js";
import { stepFolderName } from "./step-folder.js";

const ownNames = new Set(["model.safetensors", "optimizer.safetensors", "state.json", "model.json", manifestName]);

/**
 * Writes a checkpoint into a folder of checkpoints and resolves when it is durable; the tensors are written by the
 * thread.
 *
 * @throws CODEX_CHECKPOINT_WRITE, and what an attachment throws
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  thread: SaveThread,
): Promise<SavedCheckpoint> {
  const name = stepFolderName(checkpoint.step);
  const failure = (cause: unknown) =>
    checkpointErrors.CODEX_CHECKPOINT_WRITE({
      what: `The checkpoint of step ${checkpoint.step} could not be written: ${(cause as Error).message}`,
      where: join(folder, name),
      cause,
    });
  for (const attachment of checkpoint.attachments) checkAttachmentName(attachment.name);
  let path: string;
  try {
    path = await writeDurably(folder, name, (temporary) => fill(temporary, checkpoint, thread));
  } catch (cause) {
    throw isCodexError(cause) ? cause : failure(cause);
  }
  return await OpenCheckpoint.read(path, (open) => open.summary()).catch((cause: unknown) => {
    throw failure(cause);
  });
}

async function fill(folder: string, checkpoint: Checkpoint, thread: SaveThread): Promise<void> {
  const path = (name: string) => join(folder, name);
  const tensors = {
    "model.safetensors": await thread.write(path("model.safetensors"), checkpoint.model),
    "optimizer.safetensors": await thread.write(path("optimizer.safetensors"), checkpoint.optimizer),
  };
  await writeFile(path("model.json"), `${JSON.stringify(checkpoint.modelDescription, null, 2)}\n`);
  await writeFile(path("state.json"), encodeState(checkpoint));
  for (const attachment of checkpoint.attachments) await attach(attachment, path(attachment.name));
  const manifest = await describeFiles(folder, await listFiles(folder), checkpoint.step, tensors);
  await writeFile(path(manifestName), JSON.stringify(manifest, null, 2));
}

async function attach(attachment: CheckpointAttachment, path: string): Promise<void> {
  if (attachment.kind === "folder") await mkdir(path);
  await attachment.write(path);
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
