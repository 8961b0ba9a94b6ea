import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { setAside } from "#src/run/set-aside.js";

describe("setAside", () => {
  afterEach(removeTemporaryFolders);

  async function folderOf(...names: readonly string[]): Promise<string> {
    const folder = await createTemporaryFolder();
    for (const name of names) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, "manifest.json"), name);
    }
    return folder;
  }

  it("moves the checkpoints past a step, and nothing else", async () => {
    const folder = await folderOf("step-00000002", "step-00000004", "step-00000010", "step-best", ".unfinished-1");
    const moved = await setAside(folder, 2);
    expect(moved.map((path) => basename(path))).to.have.members(["step-00000004", "step-00000010"]);
    const aside = basename(dirname(moved[0]!));
    expect(aside).to.match(/^superseded-\d+$/);
    expect(await readdir(folder)).to.have.members(["step-00000002", "step-best", ".unfinished-1", aside]);
    expect(await readFile(join(folder, aside, "step-00000010", "manifest.json"), "utf8")).to.equal("step-00000010");
  });

  it("makes no folder when there is nothing to move", async () => {
    const folder = await folderOf("step-00000002");
    expect(await setAside(folder, 2)).to.deep.equal([]);
    expect(await readdir(folder)).to.deep.equal(["step-00000002"]);
  });
});
