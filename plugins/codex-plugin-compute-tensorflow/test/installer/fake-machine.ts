import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createTemporaryFolder } from "codex-core/testing";
import type { Platform } from "#src/installer/check-machine.js";
import { type Recipe, recipes } from "#src/installer/recipe.js";

export const linux: Platform = { system: "linux", architecture: "x64", glibc: "2.36" };

/** The real Python, which the fake one asks for all but pip. */
export const realPython = process.env.PATH?.split(delimiter)
  .map((folder) => join(folder, "python3"))
  .find((file) => {
    try {
      return execFileSync(file, ["-c", "import fcntl, zipfile"]).length === 0;
    } catch {
      return false;
    }
  });

/** What tfjs-node is to the fakes: a product of matrices, right or wrong. */
const tfjs = (product: string) =>
  `exports.tensor2d = () => 0; exports.matMul = () => ({ dataSync: () => [${product}] });`;

const wheelScript = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as archive:
    for name in ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2", "python/other.py"):
        archive.writestr(zipfile.ZipInfo("tensorflow/" + name), name * 100)
    archive.writestr(zipfile.ZipInfo("tensorflow/include/tensorflow/c/c_api.h"), "header")
`;

/** A machine whose npm, pip, compiler and strip are scripts that do as told and keep a log of their calls. */
export class FakeMachine {
  private constructor(
    readonly folder: string,
    readonly recipe: Recipe,
  ) {}

  static async create(): Promise<FakeMachine> {
    const folder = await createTemporaryFolder();
    for (const name of ["bin", "cache", "index"]) mkdirSync(join(folder, name));
    const wheel = join(folder, "index", recipes.cpu.wheel.file);
    execFileSync(realPython!, ["-c", wheelScript, wheel]);
    const sha256 = execFileSync(realPython!, [
      "-c",
      "import hashlib,sys; print(hashlib.sha256(open(sys.argv[1],'rb').read()).hexdigest(), end='')",
      wheel,
    ]).toString();
    const machine = new FakeMachine(folder, { ...recipes.cpu, wheel: { ...recipes.cpu.wheel, sha256 } });
    machine.repair();
    return machine;
  }

  /** Environment of an installation. */
  get env(): { readonly [name: string]: string } {
    return { PATH: `${join(this.folder, "bin")}:/usr/bin:/bin`, XDG_CACHE_HOME: join(this.folder, "cache") };
  }

  /** Programs that were called since the log was last looked at. */
  takeCalls(): string[] {
    const file = join(this.folder, "log");
    const calls = readFileSync(file, "utf8").split("\n").filter(Boolean);
    writeFileSync(file, "");
    return calls.filter((call) => !call.endsWith("version"));
  }

  /** Makes all programs work. */
  repair(product = "7, 10, 15, 22"): void {
    writeFileSync(join(this.folder, "log"), "");
    const modules = `mkdir -p node_modules/@tensorflow/tfjs-node node_modules/node-api-headers
echo '{}' > node_modules/node-api-headers/package.json
echo '{"main":"index.js"}' > node_modules/@tensorflow/tfjs-node/package.json
echo '${tfjs(product)}' > node_modules/@tensorflow/tfjs-node/index.js`;
    this.program("npm", `[ "$1" = --version ] && exit 0\n${modules}`);
    this.python();
    this.program(
      "g++",
      `[ "$1" = --version ] && exit 0
for last in "$@"; do [ "$previous" = -o ] && echo binding > "$last"; previous="$last"; done`,
    );
    this.program("strip", "exit 0");
  }

  /** Makes a Python whose pip downloads from a folder, after some lines of the caller's. */
  python(before = ""): void {
    this.program(
      "python3",
      `${before}
case "$1 $2 $3" in
"-m pip --version") exit 0 ;;
"-m pip download")
  for last in "$@"; do [ "$previous" = -d ] && target="$last"; previous="$last"; done
  cp "${this.folder}"/index/*.whl "$target"
  exit $? ;;
esac
exec "${realPython}" "$@"`,
    );
  }

  /** Puts a program, a shell script, in front of the others. */
  program(name: string, script: string): void {
    const file = join(this.folder, "bin", name);
    const log = `echo "${name} $1 $2 $3" | sed 's/ *$//' | cut -c1-40 | head -1 >> "${this.folder}/log"`;
    writeFileSync(file, `#!/bin/sh\n${log}\n${script}\n`);
    chmodSync(file, 0o755);
  }
}
