import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createTemporaryFolder } from "codex-core/testing";
import { prebuiltPath } from "../../plugins/codex-plugin-compute-onnx/src/native/find-library.js";
import { instructionSetsFor } from "../../plugins/codex-plugin-compute-onnx/src/native/instruction-sets.js";
import { kernelsFile, readLibrarySource } from "../../plugins/codex-plugin-compute-onnx/src/native/library-source.js";
import type { Mutation } from "../deep/operator-mutations.js";
import { mutatedText } from "./mutated-text.js";
import { repositoryRoot } from "./repository.js";

const set = instructionSetsFor(process.arch).at(-1)!;

/** What the plugin's tests of native operators did. */
export interface TestRun {
  readonly passed: number;
  readonly failed: number;
  readonly printed: string;
}

/**
 * A copy of the default engine's plugin whose native library is compiled for the plainest instruction set, and can be
 * broken in one place at a time; the plugin's own tests run in the copy.
 */
export class BrokenLibrary {
  private readonly objects: readonly { readonly source: string; readonly flags: readonly string[] }[];

  private constructor(
    private readonly plugin: string,
    private readonly built: string,
    private readonly compiler: string,
  ) {
    const has = [`-DCODEX_HAS_${set.name.toUpperCase()}`];
    const kernels = ["-fno-exceptions", `-DCODEX_SET=codex_${set.name}`, `-DCODEX_SET_NAME=${set.name}`];
    this.objects = readLibrarySource(join(plugin, "native")).files.map((source) => ({
      source,
      flags: source === kernelsFile ? kernels : has,
    }));
  }

  static async create(compiler: string): Promise<BrokenLibrary> {
    const folder = await createTemporaryFolder();
    const plugin = join(folder, "plugins", "codex-plugin-compute-onnx");
    for (const part of ["package.json", "dist", "test", "native"]) {
      cpSync(join(repositoryRoot, "plugins/codex-plugin-compute-onnx", part), join(plugin, part), { recursive: true });
    }
    symlinkSync(join(repositoryRoot, "node_modules"), join(folder, "node_modules"));
    const library = new BrokenLibrary(plugin, await createTemporaryFolder(), compiler);
    for (const { source } of library.objects) library.compile(source);
    return library;
  }

  /** Runs tests of the plugin's on the sources as they are. */
  run(tests: readonly string[]): TestRun {
    const path = prebuiltPath(this.plugin, readLibrarySource(join(this.plugin, "native")));
    mkdirSync(dirname(path), { recursive: true });
    this.command(["-shared", ...this.objects.map(({ source }) => this.objectOf(source)), "-o", path]);
    const mocha = join(repositoryRoot, "node_modules/mocha/bin/mocha.js");
    const files = tests.map((test) => join(this.plugin, "test", test));
    // Operators' contract runs with native operators and without: what is without cannot notice.
    const args = ["--config", ".mocharc.json", "--grep", "native: false", "--invert", ...files];
    const { stdout, stderr } = spawnSync(process.execPath, [mocha, ...args], {
      cwd: repositoryRoot,
      encoding: "utf8",
      timeout: 300_000,
      maxBuffer: 1 << 26,
    });
    const count = (what: string) => Number(new RegExp(`^ +(\\d+) ${what}`, "m").exec(stdout)?.[1] ?? 0);
    return { passed: count("passing"), failed: count("failing"), printed: stdout + stderr };
  }

  /** Runs tests of the plugin's with a mutation of one of its operators. @throws where the file does not have its text once */
  runBroken(file: string, mutation: Mutation, tests: readonly string[]): TestRun {
    const path = join(this.plugin, "native", file);
    const whole = readFileSync(path, "utf8");
    writeFileSync(path, mutatedText(file, whole, mutation));
    try {
      this.compile(file);
      return this.run(tests);
    } finally {
      writeFileSync(path, whole);
      this.compile(file);
    }
  }

  private objectOf(source: string): string {
    return join(this.built, `${source.replaceAll("/", "-")}.o`);
  }

  private compile(source: string): void {
    const own = this.objects.find((object) => object.source === source)!.flags;
    const flags = ["-std=c++20", "-O1", "-fPIC", "-fno-rtti", "-fvisibility=hidden", ...own];
    this.command([...flags, "-c", join(this.plugin, "native", source), "-o", this.objectOf(source)]);
  }

  private command(args: readonly string[]): void {
    const { status, stderr, error } = spawnSync(this.compiler, args, { encoding: "utf8" });
    if (error) throw error;
    if (status !== 0) throw new Error(`${this.compiler} ${args.join(" ")} failed:\n${stderr}`);
  }
}
