import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { outsideTrackers, packPackages, trackedBy, writeTrainingProject } from "../support/packed-packages.js";
import { repositoryRoot } from "../support/repository.js";

const run = promisify(execFile);
const direct = ["codex-core", "codex-plugins", ...outsideTrackers];

describe("packages installed from their archives into an empty folder", () => {
  let scratch: string;
  const archives: { [name: string]: string } = {};

  before(async () => {
    scratch = realpathSync(mkdtempSync(join(tmpdir(), "codex install ")));
    const destination = join(scratch, "archives");
    mkdirSync(destination);
    for (const { name, filename } of await packPackages(destination)) {
      archives[name] = `file:${join(destination, filename)}`;
    }
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  /** A project that depends on the umbrella and the trackers; the archives stand in for the registry. */
  const createProject = (name: string, packageJson: object): string => {
    const project = join(scratch, name);
    mkdirSync(project);
    const dependencies = Object.fromEntries(direct.map((dependency) => [dependency, archives[dependency]]));
    const content = { private: true, type: "module", dependencies, ...packageJson };
    writeFileSync(join(project, "package.json"), JSON.stringify(content));
    writeTrainingProject(project);
    return project;
  };

  const trainIn = async (project: string) => {
    const command = join(project, "node_modules/.bin/codex");
    await run(command, ["train", "--output-dir", "run"], { cwd: project });
    const { esm, cjs, jsonl } = trackedBy(project);
    expect(esm.filter((record) => record.metrics && "train/loss" in record.metrics)).to.have.length(20);
    expect(esm.at(-1)).to.deep.equal({ closed: "finished" });
    expect(cjs).to.have.length(21);
    expect(jsonl.filter((record) => record.metrics && "train/loss" in record.metrics)).to.have.length(20);
    expect([jsonl[0].kind, jsonl.at(-1).kind]).to.deep.equal(["run", "end"]);
    const { stdout } = await run(command, ["generate", "run", "--prompt", "line", "--max-new-tokens", "4"], {
      cwd: project,
    });
    expect(stdout.length).to.be.greaterThan(3);

    // The presets that codex-plugins ships, on the text that it brings along; nothing of the project's own says anything.
    rmSync(join(project, "codex.config.json"));
    const listed = JSON.parse((await run(command, ["config", "list", "--json"], { cwd: project })).stdout).presets;
    expect(listed.map(({ name }: { name: string }) => name)).to.include.members(["quickstart", "debug", "model/gpt2"]);
    expect(listed.every(({ from }: { from: string }) => from === "codex-plugins")).to.equal(true);
    await run(command, ["train", "--config", "debug", "--output-dir", "by preset"], { cwd: project });
    const { stdout: written } = await run(command, ["generate", "by preset", "--prompt", "Call me"], { cwd: project });
    expect(written.length).to.be.greaterThan(7);
    const own = ["--texts", "book.txt", "--model-name", "gpt-nano", "trainer.maxSteps=2"];
    await run(command, ["train", "--output-dir", "by name", ...own], { cwd: project });
  };

  it("train by npm", async () => {
    const overrides = Object.fromEntries(Object.entries(archives).filter(([name]) => !direct.includes(name)));
    const project = createProject("by npm", { overrides });
    // No package of ours has an install script, and onnxruntime-node's fetches what only CUDA needs from elsewhere.
    const options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    await run("npm", ["install", ...options], { cwd: project, maxBuffer: 2 ** 26 });
    await trainIn(project);
  });

  it("train by pnpm, where a package sees only what it depends on", async () => {
    const project = createProject("by pnpm", { pnpm: { overrides: archives } });
    const pnpm = join(repositoryRoot, "node_modules/pnpm/bin/pnpm.cjs");
    await run(process.execPath, [pnpm, "install", "--prefer-offline"], { cwd: project, maxBuffer: 2 ** 26 });
    await trainIn(project);
  });
});
