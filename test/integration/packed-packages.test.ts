import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import {
  layOutPackages,
  type PackedPackage,
  packPackages,
  trackedBy,
  writeTrainingProject,
} from "../support/packed-packages.js";

const run = promisify(execFile);

describe("packed packages", () => {
  let packages: PackedPackage[] = [];
  let project = "";

  before(async () => {
    project = await createTemporaryFolder();
    packages = await packPackages();
  });
  after(removeTemporaryFolders);

  it("hold what their package.json points to, a README, and no leftovers", () => {
    expect(packages.length).to.be.greaterThan(13);
    for (const { name, folder, files } of packages) {
      const paths = files.map(({ path }) => path);
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const { presets } = manifest.codex ?? {};
      if (presets) expect(paths, name).to.include(`${presets.replace("./", "")}/quickstart.yaml`);
      const pointed = pathsIn([manifest.exports, manifest.main, manifest.bin, manifest.codex?.provides]);
      expect(paths, name).to.include.members(pointed);
      if (name.includes("outside")) continue;
      expect(paths, name).to.include("README.md");
      for (const path of paths) expect(path, name).not.to.match(/\.tsbuildinfo$|\.test\.|^src\/|^test\//);
    }
  });

  it("train 20 steps in an empty project, with trackers from outside", async () => {
    layOutPackages(project, packages);
    writeTrainingProject(project);
    const command = join(project, "node_modules/codex-core/bin/codex.js");
    await run(process.execPath, [command, "train", "--output-dir", "run"], { cwd: project });
    const { esm, cjs, jsonl } = trackedBy(project);
    expect(esm.filter((record) => record.metrics && "train/loss" in record.metrics)).to.have.length(20);
    expect(esm.at(-1)).to.deep.equal({ closed: "finished" });
    expect(cjs).to.have.length(21);
    expect(jsonl.filter((record) => record.metrics && "train/loss" in record.metrics)).to.have.length(20);
    expect([jsonl[0].kind, jsonl.at(-1).kind]).to.deep.equal(["run", "end"]);
  });

  it("train by a preset that they ship", async () => {
    rmSync(join(project, "codex.config.json"));
    const command = join(project, "node_modules/codex-core/bin/codex.js");
    const args = ["train", "--config", "debug", "--output-dir", "by preset", "trainer.maxSteps=2"];
    const { stdout } = await run(process.execPath, [command, ...args, "--json"], { cwd: project });
    expect(JSON.parse(stdout)).to.include({ step: 2 });
  });
});

/** Every relative path that stands anywhere in a value, without its `./`. */
function pathsIn(value: unknown): string[] {
  if (typeof value === "string") return /\.(?:[cm]?js|d\.ts|json)$/.test(value) ? [value.replace(/^\.\//, "")] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}
