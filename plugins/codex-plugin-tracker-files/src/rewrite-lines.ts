import { open, rename, rm } from "node:fs/promises";
import { completeLines } from "./lines.js";

const flushLength = 1 << 20;

/**
 * Writes a file anew, line by line: `change` gives what becomes of a line, undefined to leave it out. The file is
 * replaced by one rename, so that a failure leaves it as it was.
 */
export async function rewriteLines(
  path: string,
  change: (line: string, index: number) => string | undefined,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, "w");
    try {
      let pending = "";
      let index = 0;
      for await (const line of completeLines(path)) {
        const changed = change(line, index++);
        if (changed !== undefined) pending += `${changed}\n`;
        if (pending.length < flushLength) continue;
        await handle.writeFile(pending);
        pending = "";
      }
      await handle.writeFile(pending);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
