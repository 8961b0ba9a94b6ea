import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { DataProblem } from "codex-core";
import type { DataManifest } from "./data-manifest.js";

/** Reads every file that a manifest lists, and says which are not as they were written. */
export async function verifyFiles(
  folder: string,
  { files }: DataManifest,
  signal: AbortSignal,
): Promise<DataProblem[]> {
  const problems: DataProblem[] = [];
  for (const [file, { sha256 }] of Object.entries(files)) {
    signal.throwIfAborted();
    try {
      const hash = createHash("sha256");
      await pipeline(createReadStream(join(folder, file)), hash);
      if (hash.digest("hex") !== sha256) {
        problems.push({ file, problem: "its bytes are not those that were written", folder });
      }
    } catch (error) {
      problems.push({ file, problem: `it cannot be read: ${(error as Error).message}`, folder });
    }
  }
  return problems;
}
