import { realpath, rename, rm, stat, writeFile } from "node:fs/promises";

/**
 * Writes a file so that a reader sees the old content or the new one, never a part, also after a power cut. A link is
 * kept, and what it leads to replaced. What is there and is no file, a pipe or a device, is written into: `/dev/stdout`
 * and `/dev/null` stay what they are.
 */
export async function writeFileWhole(path: string, content: string | AsyncIterable<string>): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there && !there.isFile() && !there.isDirectory()) return writeFile(path, content);
  const target = there ? await realpath(path) : path;
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, content, { flush: true });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
