import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { dirname, join } from "node:path";
import satisfies from "semver/functions/satisfies.js";
import { cliErrors } from "../../errors/cli-errors.js";
import { formatBytes } from "../../text/quantity.js";
import type { Check } from "./check.js";

const gibibyte = 2 ** 30;
const neededDiskBytes = gibibyte / 2;
const neededMemoryBytes = gibibyte / 2;

/** The version of Node is one that the package names in `engines`. */
export const nodeCheck: Check = {
  name: "Node",
  run() {
    const manifest: { engines: { node: string } } = JSON.parse(
      readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
    );
    const fits = satisfies(process.versions.node, manifest.engines.node);
    const detail = `${process.versions.node} (needs ${manifest.engines.node})`;
    const { fix } = cliErrors.definitions.CODEX_NODE_VERSION;
    return [fits ? { name: this.name, status: "ok", detail } : { name: this.name, status: "failed", detail, fix }];
  },
};

/** A run's folder can be made and written. */
export const runsFolderCheck: Check = {
  name: "runs folder",
  run({ runsFolder }) {
    const place = nearestExisting(runsFolder);
    if (place !== runsFolder && existsSync(runsFolder)) {
      const fix = `Move that file away, or train with --output-dir FOLDER elsewhere.`;
      return [{ name: this.name, status: "failed", detail: `${runsFolder} is no folder`, fix }];
    }
    try {
      const trial = mkdtempSync(join(place, ".codex-doctor-"));
      try {
        writeFileSync(join(trial, "trial"), "can this be written?");
      } finally {
        rmSync(trial, { recursive: true, force: true });
      }
      return [{ name: this.name, status: "ok", detail: `${runsFolder} can be written` }];
    } catch (error) {
      const detail = `${place} cannot be written: ${(error as Error).message}`;
      const fix = `Give yourself the right to write there (chmod u+w), or train with --output-dir FOLDER elsewhere.`;
      return [{ name: this.name, status: "failed", detail, fix }];
    }
  },
};

/** There is room for checkpoints and caches. */
export const diskCheck: Check = {
  name: "disk space",
  run({ runsFolder }) {
    const { bavail, bsize } = statfsSync(nearestExisting(runsFolder));
    const free = bavail * bsize;
    const detail = `${formatBytes(free)} free`;
    if (free >= neededDiskBytes) return [{ name: this.name, status: "ok", detail }];
    const fix = `Free some space (${formatBytes(neededDiskBytes)} at least), or train with --output-dir on another disk.`;
    return [{ name: this.name, status: "failed", detail, fix }];
  },
};

/** There is memory to train in, container limits counted. */
export const memoryCheck: Check = {
  name: "memory",
  run() {
    const available = availableMemoryBytes();
    const detail = `${formatBytes(available)} available of ${formatBytes(totalMemoryBytes())}`;
    if (available >= neededMemoryBytes) return [{ name: this.name, status: "ok", detail }];
    const fix = "End other programs, raise the container's limit, or train a smaller model with a smaller microBatch.";
    return [{ name: this.name, status: "failed", detail, fix }];
  },
};

function availableMemoryBytes(): number {
  return process.availableMemory?.() ?? freemem();
}

/** Memory of the machine, or of the container where that is less. */
export function totalMemoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

function nearestExisting(folder: string): string {
  let at = folder;
  while (!statSync(at, { throwIfNoEntry: false })?.isDirectory() && dirname(at) !== at) at = dirname(at);
  return at;
}
