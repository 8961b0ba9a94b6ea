import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { RotatingFile } from "#src/logging/rotating-file.js";
import { createTemporaryFolder, removeTemporaryFolders } from "#src/testing/temporary-folder.js";

describe("RotatingFile", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = join(folder, "log.ndjson");
  });
  afterEach(removeTemporaryFolders);

  const open = (maxBytes = 1000, maxFiles = 3) =>
    new RotatingFile({ path, maxBytes, maxFiles, lossLine: (count, reason) => `lost ${count}: ${reason}\n` });
  const read = (name = "log.ndjson") => readFileSync(join(folder, name), "utf8");

  it("puts a full file aside, keeps as many as it may, and loses no line of those", () => {
    const file = open(100, 3);
    const lines = Array.from(
      { length: 40 },
      (_, index) => `line ${String(index).padStart(3, "0")} ${"x".repeat(10)}\n`,
    );
    for (const line of lines) file.append(line);
    file.close();
    expect(readdirSync(folder).sort()).to.deep.equal(["log.1.ndjson", "log.2.ndjson", "log.ndjson"]);
    const kept = read("log.2.ndjson") + read("log.1.ndjson") + read();
    expect(kept).to.equal(lines.slice(-kept.split("\n").length + 1).join(""));
    for (const name of readdirSync(folder)) expect(read(name).length).to.be.at.most(100);
  });

  it("begins anew in place when one file is all that is kept", () => {
    const file = open(30, 1);
    for (const text of ["aaaaaaaaaaaaaaa\n", "bbbbbbbbbbbbbbb\n"]) file.append(text);
    file.close();
    expect(readdirSync(folder)).to.deep.equal(["log.ndjson"]);
    expect(read()).to.equal("bbbbbbbbbbbbbbb\n");
  });

  it("goes on after a crash, without the line that was cut", () => {
    writeFileSync(path, "whole\ncut");
    const file = open();
    file.append("next\n");
    file.close();
    expect(read()).to.equal("whole\nnext\n");
  });

  it("takes a line that is longer than a file may be", () => {
    const file = open(10, 2);
    file.append("a line that is too long\n");
    file.append("another one\n");
    file.close();
    expect(read("log.1.ndjson") + read()).to.equal("a line that is too long\nanother one\n");
  });

  it("says what was lost once lines can be written again", () => {
    mkdirSync(path);
    const file = open();
    file.append("one\n");
    file.append("two\n");
    rmdirSync(path);
    file.append("three\n");
    file.close();
    expect(read()).to.match(/^lost 2: EISDIR.*\nthree\n$/);
  });

  it("goes on when files cannot be put aside", () => {
    mkdirSync(join(folder, "log.1.ndjson"));
    appendFileSync(join(folder, "log.1.ndjson/full"), "");
    const file = open(10, 2);
    for (const text of ["aaaaaaaa\n", "bbbbbbbb\n"]) file.append(text);
    file.close();
    expect(read()).to.equal("aaaaaaaa\nbbbbbbbb\n");
  });
});
