import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BlockCache } from "../prepared/block-cache.js";
import { inCache, makeTemporary } from "../prepared/cache-folder.js";
import { NumberFile, NumberWriter } from "../prepared/number-file.js";

/** Two numbers that say where a row is. */
export type RowEntry = readonly [number, number];

/** Adds the entries of rows of a length, one behind the other: two numbers a row. */
export type AddEntries = (length: number, entries: readonly number[]) => Promise<void>;

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
   * @param lengths of rows; one index each
   * @param signal stops the writing
   * @throws CODEX_DATA_CACHE, CODEX_DATA_DAMAGED
   */
  static async open(
    folder: string,
    lengths: readonly number[],
    fill: (add: AddEntries) => Promise<void>,
    { cache, signal }: { readonly cache: BlockCache; readonly signal: AbortSignal },
  ): Promise<readonly RowIndex[]> {
    if (!(await stat(folder).catch(() => undefined))) await writeIndexes(folder, lengths, fill, signal);
    const opened: RowIndex[] = [];
    try {
      for (const length of lengths) {
        const path = join(folder, String(length));
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

async function writeIndexes(
  folder: string,
  lengths: readonly number[],
  fill: (add: AddEntries) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const temporary = await makeTemporary(folder);
  const writers = new Map<number, NumberWriter>();
  try {
    for (const length of lengths) writers.set(length, await NumberWriter.create(join(temporary, String(length))));
    await fill(async (length, entries) => {
      signal.throwIfAborted();
      await writers.get(length)?.append(entries);
    });
    for (const writer of writers.values()) await writer.finish();
    await inCache(folder, () => rename(temporary, folder)).catch(async (error) => {
      if (!(await stat(folder).catch(() => undefined))) throw error;
    });
  } finally {
    await Promise.allSettled([...writers.values()].map((writer) => writer.close()));
    await rm(temporary, { recursive: true, force: true });
  }
}
