import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { readEnvironment } from "#src/run/environment.js";
import { readGit } from "#src/run/environment-git.js";
import { arithmeticFlags, parseGpus } from "#src/run/environment-machine.js";
import { createTemporaryFolder } from "#src/testing/temporary-folder.js";

function repository(folder: string): void {
  const git = (...words: string[]) => execFileSync("git", words, { cwd: folder, stdio: "ignore" });
  writeFileSync(join(folder, "a.txt"), "one\n");
  writeFileSync(join(folder, ".gitignore"), "ignored.txt\n");
  git("init", "-q", "-b", "trunk");
  git("add", ".");
  git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "-m", "first");
}

describe("readGit", () => {
  let folder: string;

  before(async () => {
    folder = await createTemporaryFolder();
  });

  it("tells commit and branch, and digests exactly what is uncommitted", async () => {
    repository(folder);
    const clean = await readGit(folder);
    expect(clean).to.include({ branch: "trunk", dirty: false }).and.not.have.property("uncommitted");
    expect(clean?.commit).to.match(/^[0-9a-f]{40}$/);

    appendFileSync(join(folder, "a.txt"), "two\n");
    const changed = await readGit(folder);
    expect(changed).to.include({ dirty: true, untracked: 0 });
    expect(changed?.uncommitted).to.match(/^[0-9a-f]{64}$/);
    expect(await readGit(folder)).to.deep.equal(changed);

    writeFileSync(join(folder, "new.txt"), "x");
    const added = await readGit(folder);
    writeFileSync(join(folder, "new.txt"), "y");
    const other = await readGit(folder);
    expect(new Set([changed, added, other].map((state) => state?.uncommitted)).size).to.equal(3);

    writeFileSync(join(folder, "ignored.txt"), "z");
    mkdirSync(join(folder, "runs"));
    writeFileSync(join(folder, "runs", "log.txt"), "z");
    expect(await readGit(folder)).to.deep.equal(other);
  });

  it("gives no digest of more than it reads", async () => {
    mkdirSync(join(folder, "many"));
    for (let index = 0; index < 2001; index++) writeFileSync(join(folder, "many", String(index)), "");
    expect(await readGit(folder)).to.include({ uncommitted: null });
  });

  it("says nothing outside a repository", async () => {
    expect(await readGit("/")).to.equal(undefined);
  });
});

describe("readEnvironment", () => {
  it("tells machine, node, packages, command and run", async () => {
    const facts = { projectFolder: "/", runId: "r1", packages: { "codex-plugin-x": "1.2.3" }, command: ["codex"] };
    const environment = await readEnvironment(facts);
    expect(environment).to.include({ runId: "r1", node: process.version }).and.not.have.property("git");
    expect(environment.command).to.deep.equal(["codex"]);
    expect(environment.packages).to.have.all.keys("codex-core", "codex-plugin-x");
    expect(environment.cpu).to.have.all.keys("name", "count", "instructionSets");
  });
});

describe("machine facts", () => {
  it("keeps the instruction sets that arithmetic is done with", () => {
    const x86 = "processor\t: 0\nflags\t\t: fpu vme sse4_2 avx avx2 fma ht avx512f\nflags\t\t: fpu\n";
    expect(arithmeticFlags(x86)).to.deep.equal(["avx", "avx2", "avx512f", "fma", "sse4_2"]);
    expect(arithmeticFlags("Features\t: fp asimd crc32 asimddp sve\n")).to.deep.equal(["asimd", "asimddp", "sve"]);
    expect(arithmeticFlags("model name: x\n")).to.equal(undefined);
  });

  it("reads graphics processors, and nothing from other text", () => {
    expect(parseGpus("A 100, 550.1, 1024\n")).to.deep.equal([{ name: "A 100", driver: "550.1", memoryBytes: 1 << 30 }]);
    expect(parseGpus("No devices were found\n\n")).to.deep.equal([]);
  });
});
