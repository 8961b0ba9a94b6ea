import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "./repository.js";

const run = promisify(execFile);

/** Where the trackers from outside that go with the packages are, by name. */
const outsideFolders: { readonly [name: string]: string } = {
  "codex-plugin-outside-esm": "test/fixtures/plugins/codex-plugin-outside-esm",
  "codex-plugin-outside-cjs": "test/fixtures/plugins/codex-plugin-outside-cjs",
  "codex-plugin-tracker-jsonl": "examples/jsonl-tracker",
};
export const outsideTrackers = Object.keys(outsideFolders);

/** What `npm pack` puts into a package's archive. */
export interface PackedPackage {
  readonly name: string;
  /** Name of the archive. */
  readonly filename: string;
  /** Where the package is in the repository. */
  readonly folder: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packs every package of the repository and the outside trackers; without a destination it only says what it would. */
export async function packPackages(destination?: string): Promise<PackedPackage[]> {
  const target = destination ? ["--pack-destination", destination] : ["--dry-run"];
  const pack = async (cwd: string, ...args: string[]): Promise<PackedPackage[]> => {
    const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", ...target, ...args], {
      cwd,
      maxBuffer: 2 ** 26,
    });
    return JSON.parse(stdout);
  };
  const packed = await pack(repositoryRoot, "--workspaces");
  const ours = packed.map((entry) => ({ ...entry, folder: folderOf(entry.name) }));
  const outside = Object.values(outsideFolders).map(async (path) => {
    const folder = join(repositoryRoot, path);
    return (await pack(folder)).map((entry) => ({ ...entry, folder }));
  });
  return [...ours, ...(await Promise.all(outside)).flat()];
}

/**
 * Lays the packages out as an install would, of nothing but the files that they pack; what they depend on comes from
 * the repository's own install.
 */
export function layOutPackages(project: string, packages: readonly PackedPackage[]): void {
  const modules = join(project, "node_modules");
  mkdirSync(modules, { recursive: true });
  const ours = new Set(packages.map(({ name }) => name));
  for (const name of readdirSync(join(repositoryRoot, "node_modules"))) {
    if (name.startsWith(".") || ours.has(name)) continue;
    symlinkSync(join(repositoryRoot, "node_modules", name), join(modules, name), "junction");
  }
  for (const { name, folder, files } of packages) {
    for (const { path } of files) {
      mkdirSync(dirname(join(modules, name, path)), { recursive: true });
      cpSync(join(folder, path), join(modules, name, path));
    }
  }
}

/** A config that trains 20 steps of a small model, with all outside trackers on, and a text to train on. */
export function writeTrainingProject(project: string): void {
  const config = {
    run: { name: "packed", seed: 1 },
    data: { type: "text", paths: ["book.txt"] },
    tokenizer: { type: "char" },
    model: { type: "gpt", layerCount: 1, headCount: 2, embedDim: 16, contextLength: 16 },
    trainer: { type: "lm", maxSteps: 20, microBatch: 2, evalEvery: 20 },
    tracker: { "outside-esm": {}, "outside-cjs": {}, jsonl: { folder: "lines" } },
  };
  const lines = Array.from({ length: 200 }, (_, line) => `line ${line % 17} says ${line % 5}.\n`);
  writeFileSync(join(project, "codex.config.json"), JSON.stringify(config));
  writeFileSync(join(project, "book.txt"), lines.join(""));
}

/** What the trackers from outside wrote of the only run of a project, `run`: records of two, lines of the third. */
export function trackedBy(project: string) {
  const lines = (...path: string[]) =>
    readFileSync(join(project, ...path), "utf8")
      .trimEnd()
      .split("\n");
  const [jsonl = ""] = readdirSync(join(project, "lines"));
  return {
    esm: lines("run", "outside-esm.jsonl").map((line) => JSON.parse(line)),
    cjs: lines("run", "outside-cjs.txt"),
    jsonl: lines("lines", jsonl).map((line) => JSON.parse(line)),
  };
}

function folderOf(name: string): string {
  const inCore = { "codex-core": "core/kernel", "codex-nn": "core/nn" }[name];
  return join(repositoryRoot, inCore ?? `plugins/${name}`);
}
