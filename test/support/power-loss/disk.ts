import { posix } from "node:path";
import type { FileOperation } from "./trace.js";

interface Write {
  readonly position: number;
  readonly data: Buffer;
}

/** A file: writes in the order they were done, of which the first `durable` outlast a power cut for certain. */
export interface DiskFile {
  readonly kind: "file";
  writes: Write[];
  durable: number;
}

/** A change of names that the folders it touches have not been forced to disk after. */
export interface PendingChange {
  /** A name goes, if it still means the node, and a name comes. A rename is both, at once. */
  readonly remove?: { readonly folder: DiskFolder; readonly name: string };
  readonly add?: { readonly folder: DiskFolder; readonly name: string };
  readonly node: DiskNode;
  /** Folders whose sync is awaited. */
  readonly waits: Set<DiskFolder>;
}

export interface DiskFolder {
  readonly kind: "folder";
  /** Names as a running program sees them. */
  readonly names: Map<string, DiskNode>;
  /** Names that outlast a power cut for certain, but for pending changes. */
  readonly durable: Map<string, DiskNode>;
}

export type DiskNode = DiskFile | DiskFolder;

const newFolder = (): DiskFolder => ({ kind: "folder", names: new Map(), durable: new Map() });

/**
 * A disk as POSIX lets it be: data of a file are certain after its fsync, names of a folder after the folder's. What is
 * pending may be there or not after a power cut, in any combination, and out of order. A rename is one thing.
 */
export class Disk {
  readonly root = newFolder();
  /** Pending changes of names, oldest first. */
  pending: PendingChange[] = [];
  /** What each sync that has begun makes certain. */
  private readonly syncs = new Map<string, () => void>();

  apply(operation: FileOperation): void {
    switch (operation.op) {
      case "mkdir":
        this.add(operation.path, newFolder());
        break;
      case "create":
        this.add(operation.path, { kind: "file", writes: [], durable: 0 });
        break;
      case "truncate":
        throw new Error(`${operation.path} is overwritten in place.`);
      case "write":
        this.write(operation.path, { position: operation.position, data: Buffer.from(operation.data, "base64") });
        break;
      case "rename":
        this.rename(operation.from, operation.to);
        break;
      case "unlink":
      case "rmdir":
        this.remove(operation.path);
        break;
      case "syncBegin":
        this.syncs.set(operation.id, this.syncOf(this.node(operation.path)));
        break;
      case "syncEnd":
        this.syncs.get(operation.id)?.();
    }
  }

  private add(path: string, node: DiskNode): void {
    const { folder, name } = this.place(path);
    folder.names.set(name, node);
    this.pending.push({ add: { folder, name }, node, waits: new Set([folder]) });
  }

  private write(path: string, write: Write): void {
    const node = this.node(path);
    if (node.kind !== "file") throw new Error(`${path} is a folder.`);
    node.writes.push(write);
  }

  private remove(path: string): void {
    const { folder, name } = this.place(path);
    const node = this.node(path);
    folder.names.delete(name);
    this.pending.push({ remove: { folder, name }, node, waits: new Set([folder]) });
  }

  private rename(from: string, to: string): void {
    const remove = this.place(from);
    const add = this.place(to);
    const node = this.node(from);
    remove.folder.names.delete(remove.name);
    add.folder.names.set(add.name, node);
    this.pending.push({ remove, add, node, waits: new Set([remove.folder, add.folder]) });
  }

  /** What a sync that begins now makes certain when it ends. */
  private syncOf(node: DiskNode): () => void {
    if (node.kind === "file") {
      const count = node.writes.length;
      return () => {
        node.durable = Math.max(node.durable, count);
      };
    }
    const covered = this.pending.filter(({ waits }) => waits.has(node));
    return () => {
      for (const change of covered) change.waits.delete(node);
      for (const change of this.pending) if (change.waits.size === 0) applyChange(change, ({ durable }) => durable);
      this.pending = this.pending.filter(({ waits }) => waits.size > 0);
    };
  }

  private place(path: string): { readonly folder: DiskFolder; readonly name: string } {
    const folder = this.node(posix.dirname(path));
    if (folder.kind !== "folder") throw new Error(`${posix.dirname(path)} is no folder.`);
    return { folder, name: posix.basename(path) };
  }

  private node(path: string): DiskNode {
    let node: DiskNode = this.root;
    for (const name of path.split("/").filter((part) => part !== "" && part !== ".")) {
      const next: DiskNode | undefined = node.kind === "folder" ? node.names.get(name) : undefined;
      if (!next) throw new Error(`The trace does not know how ${path} came to be.`);
      node = next;
    }
    return node;
  }
}

/** Carries a change out on the names that `namesOf` picks of a folder. */
export function applyChange(
  { remove, add, node }: PendingChange,
  namesOf: (folder: DiskFolder) => Map<string, DiskNode>,
): void {
  if (remove && namesOf(remove.folder).get(remove.name) === node) namesOf(remove.folder).delete(remove.name);
  if (add) namesOf(add.folder).set(add.name, node);
}
