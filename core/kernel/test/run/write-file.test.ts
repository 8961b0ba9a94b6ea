import { execFile } from "node:child_process";
import { createReadStream, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { writeFileWhole } from "#src/run/write-file.js";

describe("writeFileWhole", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });

  afterEach(removeTemporaryFolders);

  it("replaces what a link leads to, and keeps the link", async () => {
    writeFileSync(join(folder, "real.html"), "old");
    symlinkSync(join(folder, "real.html"), join(folder, "link.html"));
    await writeFileWhole(join(folder, "link.html"), "new");
    expect(lstatSync(join(folder, "link.html")).isSymbolicLink()).to.equal(true);
    expect(readFileSync(join(folder, "real.html"), "utf8")).to.equal("new");
    expect(readdirSync(folder)).to.have.members(["link.html", "real.html"]);
  });

  it("writes into a pipe, and leaves it one", async function () {
    // Windows has no named pipes in folders.
    if (process.platform === "win32") this.skip();
    const pipe = join(folder, "pipe");
    await promisify(execFile)("mkfifo", [pipe]);
    const read = text(createReadStream(pipe));
    await writeFileWhole(pipe, "all of it");
    expect(await read).to.equal("all of it");
    expect(lstatSync(pipe).isFIFO()).to.equal(true);
  });
});
