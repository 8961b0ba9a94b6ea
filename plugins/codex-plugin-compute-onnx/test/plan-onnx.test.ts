import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { ComputePoint } from "codex-core";
import { createTemporaryFolder, factsFromPlugin, removeTemporaryFolders } from "codex-core/testing";
import plugin from "#src/index.js";
import { defaultCompiler, findLibrary, packageFolder, prebuiltPath } from "#src/native/find-library.js";
import { readLibrarySource } from "#src/native/library-source.js";

const planned = (options: object) => factsFromPlugin(plugin, ComputePoint, "onnx", { options });

describe("planOnnx", () => {
  afterEach(removeTemporaryFolders);

  it("counts what native operators do not keep, where a run will use them", async function () {
    const found = await findLibrary({ packageFolder, compiler: defaultCompiler(), onlyExisting: true });
    if ("missing" in found) this.skip();
    const [native, stock] = [await planned({}), await planned({ native: false })];
    expect(native).to.include({ isFused: true, gradientsOnTheirWay: 1 });
    expect(stock).to.include({ gradientsOnTheirWay: 2 }).and.not.have.property("isFused");
    expect(native.activationPeak).to.be.below(stock.activationPeak!);
    for (const options of [{ runtime: "binding" }, { device: "cuda" }, { device: "webgpu" }]) {
      expect(await planned(options), JSON.stringify(options)).to.not.have.property("isFused");
    }
  });

  it("tells how many threads the processor was asked for", async () => {
    expect(await planned({ threads: 64 })).to.include({ threads: 64 });
    expect(await planned({})).to.not.have.property("threads");
    expect(await planned({ threads: 64, device: "webgpu" })).to.not.have.property("threads");
  });

  it("counts logits whole until training takes them in chunks", async () => {
    const { headBytes } = await planned({});
    const [least, most] = [headBytes!(1000), headBytes!(2 ** 30)];
    expect(least).to.be.within(1000, 2000);
    expect(most).to.be.within(2 ** 30, 2.2 * 2 ** 30);
  });
});

describe("findLibrary, asked for what is there", () => {
  afterEach(removeTemporaryFolders);

  it("finds the package's own library, and compiles none where there is none", async () => {
    const folder = await createTemporaryFolder();
    await symlink(join(packageFolder, "native"), join(folder, "native"));
    const cacheFolder = join(folder, "cache");
    const places = { packageFolder: folder, cacheFolder, compiler: defaultCompiler(), onlyExisting: true };
    expect(await findLibrary(places)).to.have.property("missing");
    expect(await findLibrary({ ...places, compiler: "no-such-compiler" })).to.have.property("missing");
    const path = prebuiltPath(folder, readLibrarySource(join(folder, "native")));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "");
    expect(await findLibrary(places)).to.deep.equal({ path, from: "package" });
  });
});
