import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { compileDriver, runCommand } from "../support/native-driver.js";

const has = (command: string) => spawnSync(command, ["--version"]).status === 0;

/** Sets and how many of their checks failed, as the driver prints them. */
function resultsOf(printed: string): readonly (readonly [set: string, failures: number])[] {
  return [...printed.matchAll(/^(\w+): \d+ checks, (\d+) failures$/gm)].map(([, set, failures]) => [
    set!,
    Number(failures),
  ]);
}

/** Debian's cross compiler and emulator for arm64. Undefined when they are there; else why they are not. */
function setUpArm64(): string | undefined {
  const isThere = () => has("aarch64-linux-gnu-g++") && has("qemu-aarch64");
  if (isThere()) return undefined;
  const packages = ["g++-aarch64-linux-gnu", "qemu-user"];
  if (!has("apt-get") || process.getuid?.() !== 0) return `${packages.join(" and ")} are not installed`;
  const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  spawnSync("apt-get", ["update"], options);
  spawnSync("apt-get", ["install", "-y", "--no-install-recommends", ...packages], options);
  return isThere() ? undefined : `apt-get could not install ${packages.join(" and ")}`;
}

describe("native kernels, each on odd sizes and on threads", function () {
  this.timeout(1_200_000);
  after(removeTemporaryFolders);

  for (const sanitizer of ["address,undefined", "thread"]) {
    it(`are right and clean under -fsanitize=${sanitizer}, on every instruction set of this machine`, async function () {
      if (!has("c++")) return void skip(this, "there is no C++ compiler");
      const flags = ["-O1", `-fsanitize=${sanitizer}`, "-fno-sanitize-recover=all"];
      const driver = compileDriver("c++", process.arch, flags, await createTemporaryFolder());
      const results = resultsOf(runCommand(driver, [], { TSAN_OPTIONS: "halt_on_error=1" }));
      process.stdout.write(`    ${results.map(([set]) => set).join(", ")}\n`);
      expect(results.map(([, failures]) => failures)).to.deep.equal(results.map(() => 0));
      expect(results.map(([set]) => set)).to.include(process.arch === "arm64" ? "neon" : "portable");
    });
  }

  it("are right on arm64, under an emulator", async function () {
    const missing = setUpArm64();
    if (missing) return void skip(this, missing);
    const driver = compileDriver("aarch64-linux-gnu-g++", "arm64", ["-O3", "-static"], await createTemporaryFolder());
    expect(resultsOf(runCommand("qemu-aarch64", [driver]))).to.deep.equal([["neon", 0]]);
  });
});

/** Skips a test and says why. */
function skip(test: Mocha.Context, reason: string): void {
  process.stdout.write(`    skipped: ${reason}\n`);
  test.skip();
}
