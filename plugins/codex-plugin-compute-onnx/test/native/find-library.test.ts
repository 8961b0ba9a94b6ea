import { chmod, mkdir, readdir, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { findLibrary, packageFolder } from "#src/native/find-library.js";

/** Stands for a compiler: what it makes are files of a line. */
const fakeCompiler = `#!/bin/sh
[ "$1" = --version ] && echo fake 1.0 && exit 0
while [ "$#" -gt 0 ]; do [ "$1" = -o ] && echo made > "$2"; shift; done
`;

const failingCompiler = `#!/bin/sh
[ "$1" = --version ] && echo failing 1.0 && exit 0
echo "In file included from x.cpp:" >&2
echo "fatal error: no such header" >&2
exit 1
`;

describe("findLibrary, with a cache", () => {
  before(function () {
    if (process.platform === "win32") this.skip();
  });
  afterEach(removeTemporaryFolders);

  const makePlaces = async (compiler = fakeCompiler) => {
    const folder = await createTemporaryFolder();
    await symlink(join(packageFolder, "native"), join(folder, "native"));
    await writeFile(join(folder, "compiler"), compiler);
    await chmod(join(folder, "compiler"), 0o755);
    return { packageFolder: folder, cacheFolder: join(folder, "a cache"), compiler: join(folder, "compiler") };
  };
  const pathOf = (found: Awaited<ReturnType<typeof findLibrary>>) => ("path" in found ? found.path : found.missing);

  it("compiles once, and goes on with what it compiled where the compiler has gone", async () => {
    const places = await makePlaces();
    const first = await findLibrary(places);
    expect(first).to.include({ from: "compiler" });
    expect(await findLibrary(places)).to.deep.equal({ path: pathOf(first), from: "cache" });
    expect(await findLibrary({ ...places, compiler: "no-such-compiler" })).to.deep.equal({
      path: pathOf(first),
      from: "cache",
    });
  });

  it("takes a compiler's command with arguments of its own", async () => {
    const places = await makePlaces();
    const before = process.env.PATH;
    process.env.PATH = `${places.packageFolder}:${before}`;
    try {
      expect(await findLibrary({ ...places, compiler: "env compiler" })).to.include({ from: "compiler" });
    } finally {
      process.env.PATH = before;
    }
  });

  it("compiles again where the cached library is damaged: half of one would end the process", async () => {
    const places = await makePlaces();
    const path = pathOf(await findLibrary(places));
    await truncate(path, 2);
    const again = await findLibrary(places);
    expect(again).to.deep.equal({ path, from: "compiler" });
    expect(await findLibrary(places)).to.include({ from: "cache" });
  });

  it("tells a cache that cannot be written from a compiler that fails", async () => {
    const places = await makePlaces();
    await writeFile(places.cacheFolder, "no folder");
    const unwritable = await findLibrary(places);
    expect(unwritable)
      .to.have.property("missing")
      .that.matches(/^They cannot be compiled into .+a cache.native: .+\.$/);
    expect(unwritable).to.have.property("fix").that.contains("run.cacheDir");

    const failed = await findLibrary(await makePlaces(failingCompiler));
    expect(failed)
      .to.have.property("missing")
      .that.matches(/failed: fatal error: no such header\.$/);
    expect(failed).to.have.property("fix").that.contains("Install a C++ compiler");
  });

  it("takes away what a compilation that was killed left long ago, and leaves one that goes on", async () => {
    const places = await makePlaces();
    const folder = join(places.cacheFolder, "native");
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    await mkdir(join(folder, ".building-old"), { recursive: true });
    await mkdir(join(folder, ".building-new"));
    await utimes(join(folder, ".building-old"), longAgo, longAgo);
    const path = pathOf(await findLibrary(places));
    const names = await readdir(folder);
    expect(names.sort()).to.deep.equal([".building-new", path.slice(folder.length + 1)]);
  });
});
