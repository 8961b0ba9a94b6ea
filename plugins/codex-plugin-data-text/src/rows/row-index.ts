import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BlockCache } from "../prepared/block-cache.js";
import { inCache, makeTemporary } from "../prepared/cache-folder.js";
import { NumberFile, NumberWriter } from "../prepared/number-file.js";

/** Two numbers that say where a row is. */
export type RowEntry = readonly [number, number];

/** Says of every row where it is, so that any can be read without those before it. On disk: there may be many. */
export class RowIndex {
  readonly rowCount: number;

  private constructor(
    readonly path: string,
    private readonly numbers: NumberFile,
  ) {
    this.rowCount = Math.floor(numbers.count / 2);
  }

  /**
   * Opens the indexes of a folder, after `fill` has written them if they are not there. The folder appears whole, by one
   * rename; of two processes that make it, one does so in vain.
   *
   * @param names one index each
   * @throws CODEX_DATA_CACHE, CODEX_DATA_DAMAGED
   */
  static async open(
    folder: string,
    names: readonly string[],
    fill: (add: (name: string, entry: RowEntry) => Promise<void>) => Promise<void>,
    cache: BlockCache,
  ): Promise<readonly RowIndex[]> {
    if (!(await stat(folder).catch(() => undefined))) await makeFolder(folder, names, fill);
    const opened: RowIndex[] = [];
    try {
      for (const name of names) {
        const path = join(folder, name);
        opened.push(new RowIndex(path, await NumberFile.open(path, cache)));
      }
    } catch (error) {
      await Promise.all(opened.map((index) => index.close()));
      throw error;
    }
    return opened;
  }

  async read(row: number): Promise<RowEntry> {
    const [first = 0, second = 0] = await this.numbers.read(2 * row, 2);
    return [first, second];
  }

  close(): Promise<void> {
    return this.numbers.close();
  }
}

async function makeFolder(
  folder: string,
  names: readonly string[],
  fill: (add: (name: string, entry: RowEntry) => Promise<void>) => Promise<void>,
): Promise<void> {
  const temporary = await makeTemporary(folder);
  const writers = new Map<string, NumberWriter>();
  try {
    for (const name of names) writers.set(name, await NumberWriter.create(join(temporary, name)));
    await fill(async (name, entry) => writers.get(name)?.append(...entry));
    for (const writer of writers.values()) await writer.finish();
    await inCache(folder, () => rename(temporary, folder)).catch(async (error) => {
      if (!(await stat(folder).catch(() => undefined))) throw error;
    });
  } finally {
    await Promise.allSettled([...writers.values()].map((writer) => writer.close()));
    await rm(temporary, { recursive: true, force: true });
  }
}
