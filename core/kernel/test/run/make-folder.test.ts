import { stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { makeFolder } from "../../src/run/make-folder.js";

describe("makeFolder", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });

  afterEach(removeTemporaryFolders);

  it("makes the folders above, once or twice at a time", async () => {
    const path = join(folder, "a", "b", "c");
    await Promise.all([makeFolder(path), makeFolder(path)]);
    expect((await stat(path)).isDirectory()).to.equal(true);
  });

  it("fails below a file", async () => {
    await writeFile(join(folder, "file"), "");
    expect(await codeOf(makeFolder(join(folder, "file", "a")))).to.equal("EEXIST");
  });

  it("fails below a link that leads nowhere", async () => {
    await symlink(join(folder, "nowhere"), join(folder, "link"), "junction");
    expect(await codeOf(makeFolder(join(folder, "link", "a")))).to.equal("EEXIST");
  });
});

async function codeOf(work: Promise<void>): Promise<string | undefined> {
  return await work.then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  );
}
