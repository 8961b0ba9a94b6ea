import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SeededRandom } from "../seeded-random.js";
import { applyChange, type Disk, type DiskFile, type DiskFolder, type DiskNode } from "./disk.js";

/** What is on the disk when the power comes back: files by their path, and empty folders. */
export type DiskState = ReadonlyMap<string, Buffer | "folder">;

/** What may have become of a file's writes that were not forced to disk; the first: all were. */
const fates = [
  (durable: Write[], rest: Write[]) => contentOf([...durable, ...rest]),
  (durable: Write[]) => contentOf(durable),
  (durable: Write[], rest: Write[]) => torn(durable, rest),
  (durable: Write[], rest: Write[]) => contentOf([...durable, ...rest.map(zeroed)]),
  (durable: Write[], rest: Write[]) => contentOf([...durable, ...rest.slice(1)]),
];

type Write = DiskFile["writes"][number];

/**
 * States in which a power cut may leave a disk: all of them if they are at most `limit`; else all written, nothing
 * written, each of these with one exception, and states of chance until there are `limit`.
 */
export function* powerCuts(disk: Disk, limit: number, random: SeededRandom): Generator<DiskState> {
  const shown = reachable(disk);
  const pending = disk.pending.filter(({ add, remove }) => [add, remove].some((at) => at && shown.has(at.folder)));
  const files = [...shown].filter((node) => node.kind === "file").filter((file) => file.durable < file.writes.length);
  const sizes = [...pending.map(() => 2), ...files.map(() => fates.length), pending.length > 1 ? 2 : 1];
  for (const choice of choices(sizes, limit, random)) {
    const chosen = pending.filter((_, index) => choice[index] === 0);
    if (choice.at(-1) === 1) chosen.reverse();
    const names = new Map<DiskFolder, Map<string, DiskNode>>();
    const namesOf = (folder: DiskFolder) => {
      const copied = names.get(folder) ?? new Map(folder.durable);
      names.set(folder, copied);
      return copied;
    };
    for (const change of chosen) applyChange(change, namesOf);
    const fateOfFile = new Map(files.map((file, index) => [file, choice[pending.length + index]]));
    const fateOf = (file: DiskFile) => fateOfFile.get(file) ?? 0;
    const state = new Map<string, Buffer | "folder">();
    collect(disk.root, "", state, { namesOf, fateOf });
    yield state;
  }
}

/** What a running program sees. */
export function liveState(disk: Disk): DiskState {
  const state = new Map<string, Buffer | "folder">();
  collect(disk.root, "", state, { namesOf: ({ names }) => names, fateOf: () => 0 });
  return state;
}

/** Writes a state into an empty folder. */
export function writeState(state: DiskState, folder: string): void {
  for (const [path, content] of state) {
    if (content === "folder") mkdirSync(join(folder, path), { recursive: true });
    else writeFileSync(join(folder, path), content);
  }
}

/** Choices among the options of each place. */
function* choices(sizes: readonly number[], limit: number, random: SeededRandom): Generator<readonly number[]> {
  const count = sizes.reduce((product, size) => product * size, 1);
  if (count <= limit) {
    for (let number = 0; number < count; number += 1) {
      let rest = number;
      yield sizes.map((size) => {
        const option = rest % size;
        rest = Math.floor(rest / size);
        return option;
      });
    }
    return;
  }
  let given = 0;
  for (const choice of corners(sizes)) if (given++ < limit) yield choice;
  for (; given < limit; given += 1) yield sizes.map((size) => random.below(size));
}

/** Everything written, nothing written, and each of these with one exception. */
function* corners(sizes: readonly number[]): Generator<readonly number[]> {
  const order = sizes.length - 1;
  const all = sizes.map(() => 0);
  const nothing = sizes.map((_, place) => (place === order ? 0 : 1));
  yield all;
  yield nothing;
  for (const [place, size] of sizes.entries()) {
    for (let option = 1; option < size; option += 1) yield all.with(place, option);
    if (place !== order) yield nothing.with(place, 0);
  }
}

function collect(
  node: DiskNode,
  path: string,
  state: Map<string, Buffer | "folder">,
  at: { readonly namesOf: (folder: DiskFolder) => Map<string, DiskNode>; readonly fateOf: (file: DiskFile) => number },
): void {
  if (node.kind === "file") {
    state.set(path, contentAfter(node, at.fateOf(node)));
    return;
  }
  state.set(path, "folder");
  for (const [name, child] of at.namesOf(node)) collect(child, path === "" ? name : `${path}/${name}`, state, at);
}

/** The same object for the same content: many states share it. */
function contentAfter(file: DiskFile, fate: number): Buffer {
  const { writes, durable } = file;
  const known = contents.get(file) ?? new Map<string, Buffer>();
  contents.set(file, known);
  const key = [durable, writes.length, fate].join();
  const content = known.get(key) ?? fates[fate]!(writes.slice(0, durable), writes.slice(durable));
  known.set(key, content);
  return content;
}

const contents = new WeakMap<DiskFile, Map<string, Buffer>>();

/** Files and folders that some state shows. */
function reachable({ root, pending }: Disk): ReadonlySet<DiskNode> {
  const seen = new Set<DiskNode>();
  const visit = (node: DiskNode) => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === "file") return;
    for (const child of node.durable.values()) visit(child);
    for (const { add, node: child } of pending) if (add?.folder === node) visit(child);
  };
  visit(root);
  return seen;
}

function contentOf(writes: readonly Write[]): Buffer {
  const content = Buffer.alloc(Math.max(0, ...writes.map(({ position, data }) => position + data.length)));
  for (const { position, data } of writes) data.copy(content, position);
  return content;
}

/** Half of the bytes that are not certain. */
function torn(durable: readonly Write[], rest: readonly Write[]): Buffer {
  let left = Math.floor(rest.reduce((sum, { data }) => sum + data.length, 0) / 2);
  const kept: Write[] = [];
  for (const { position, data } of rest) {
    kept.push({ position, data: data.subarray(0, left) });
    left = Math.max(0, left - data.length);
  }
  return contentOf([...durable, ...kept.filter(({ data }) => data.length > 0)]);
}

function zeroed({ position, data }: Write): Write {
  return { position, data: Buffer.alloc(data.length) };
}
