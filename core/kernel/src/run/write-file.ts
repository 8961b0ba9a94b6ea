import { rename, rm, writeFile } from "node:fs/promises";

/** Writes a file so that a reader sees the old content or the new one, never a part, also after a power cut. */
export async function writeFileWhole(path: string, content: string | AsyncIterable<string>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, content, { flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
