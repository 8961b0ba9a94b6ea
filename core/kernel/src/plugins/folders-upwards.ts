import { dirname, resolve } from "node:path";

/** A folder and all folders above it, nearest first. */
export function* foldersUpwards(start: string): Generator<string> {
  let folder = resolve(start);
  while (true) {
    yield folder;
    const above = dirname(folder);
    if (above === folder) return;
    folder = above;
  }
}
