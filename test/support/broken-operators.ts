import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTemporaryFolder } from "codex-core/testing";
import { instructionSetsFor } from "../../plugins/codex-plugin-compute-onnx/src/native/instruction-sets.js";
import { kernelsFile } from "../../plugins/codex-plugin-compute-onnx/src/native/library-source.js";
import type { Mutation } from "../deep/operator-mutations.js";
import { mutatedText } from "./mutated-text.js";
import { type DriverObject, driverObjects, nativeFolder } from "./native-driver.js";

const set = instructionSetsFor(process.arch).at(-1)!;

/** Functions that are not inlined take the least time to compile. */
const flags = ["-std=c++20", "-O0", "-fno-exceptions", "-fno-rtti"];

export interface DriverRun {
  /** Exit code: 0 where all checks passed, 1 where one failed; or the signal that ended it. */
  readonly end: number | NodeJS.Signals | null;
  /** The first check that failed. */
  readonly printed: string;
}

/**
 * The native operators' driver, compiled from a copy of the sources for the plainest instruction set, which every
 * processor of this architecture has; the copy can be broken in one place at a time.
 */
export class BrokenOperators {
  private readonly objects = driverObjects([set]);
  /** Was compiled from what is not there any more. */
  private stale: DriverObject | undefined;

  private constructor(
    private readonly sources: string,
    private readonly built: string,
    private readonly compiler: string,
  ) {}

  static async create(compiler: string): Promise<BrokenOperators> {
    const sources = await createTemporaryFolder();
    cpSync(nativeFolder, sources, { recursive: true });
    const operators = new BrokenOperators(sources, await createTemporaryFolder(), compiler);
    for (const object of operators.objects) operators.compile(object);
    return operators;
  }

  /** Runs all checks on the sources as they are; gives what the driver printed and how it ended. */
  run(): DriverRun {
    if (this.stale) this.compile(this.stale);
    this.stale = undefined;
    return this.runDriver([]);
  }

  /** Runs the checks of a subject with a mutation of a file. @throws where the file does not have its text once */
  runBroken(file: string, mutation: Mutation, subject: string): DriverRun {
    const path = join(this.sources, file);
    const whole = readFileSync(path, "utf8");
    const broken = mutatedText(file, whole, mutation);
    const object = this.objectOf(file);
    if (this.stale && this.stale !== object) this.compile(this.stale);
    writeFileSync(path, broken);
    try {
      this.compile(object);
      return this.runDriver([set.name, subject]);
    } finally {
      writeFileSync(path, whole);
      this.stale = object;
    }
  }

  private runDriver(args: readonly string[]): DriverRun {
    const program = join(this.built, "driver");
    const objects = this.objects.map(({ object }) => join(this.built, object));
    this.command(this.compiler, [...objects, "-lpthread", "-o", program]);
    const { status, signal, stdout } = spawnSync(program, args, { encoding: "utf8", timeout: 300_000 });
    return { end: status ?? signal, printed: stdout.trim() };
  }

  /** The compilation that a header is part of. */
  private objectOf(file: string): DriverObject {
    const source = file === "head-cross-entropy.h" ? "test/check-cross-entropy.cpp" : kernelsFile;
    return this.objects.find((object) => object.source === source)!;
  }

  private compile({ source, object, flags: own }: DriverObject): void {
    this.command(this.compiler, [...flags, ...own, "-c", source, "-o", join(this.built, object)]);
  }

  private command(command: string, args: readonly string[]): void {
    const { status, stderr, error } = spawnSync(command, args, { cwd: this.sources, encoding: "utf8" });
    if (error) throw error;
    if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stderr}`);
  }
}
