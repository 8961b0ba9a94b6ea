import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { BatchSourcePoint, CorpusPoint, type Disposable } from "codex-core";
import { createFromPlugin, rejection, removeTemporaryFolders } from "codex-core/testing";
import plugin from "codex-plugin-data-text";
import { inCache, temporaryName } from "#src/prepared/cache-folder.js";
import { createGate, createProject, createUnitTokenizer, numberedWords } from "../support/corpus-folder.js";

async function sourceOf(project: string, cache: string) {
  const context = { seed: 1, folders: { project, cache: join(project, cache) } };
  const settings = { options: { paths: ["a.txt"], rows: "packed", split: "tails" }, context };
  const corpus = await createFromPlugin(plugin, CorpusPoint, "text", settings);
  const dependencies = { corpus, tokenizer: createUnitTokenizer(), safety: createGate() };
  return createFromPlugin(plugin, BatchSourcePoint, "text", { ...settings, dependencies });
}

describe("the cache's folder", () => {
  afterEach(removeTemporaryFolders);

  it("is named, with what to do, where nothing can be written to it", async () => {
    const project = await createProject({ "a.txt": numberedWords(0, 100), file: "" });
    const source = await sourceOf(project, "file");
    const error = await rejection(() => source.prepare!(), "CODEX_DATA_CACHE");
    expect(error.where).to.contain(join(project, "file"));
    expect(error.fix).to.contain("run.cacheDir");
    expect(error.exitCode).to.equal(1);
  });

  it("is named where no index of rows can be written to it", async () => {
    const project = await createProject({ "a.txt": numberedWords(0, 100) });
    const source = await sourceOf(project, "cache");
    const { folder } = await source.prepare!();
    await writeFile(join(folder, "rows"), "");
    const error = await rejection(() => source.open("train", { microBatch: 1, contextLength: 16 }), "CODEX_DATA_CACHE");
    expect(error.where).to.contain(join(folder, "rows"));
    await (source as unknown as Disposable).dispose();
  });

  it("is named in the place of a temporary folder, which nobody finds any more", async () => {
    const folder = join(await createProject({}), "tokens");
    const refusing = (path: string) =>
      inCache(path, () => Promise.reject(Object.assign(new Error("EACCES"), { syscall: "mkdir", path })));
    for (const path of [temporaryName(join(folder, "key")), join(temporaryName(join(folder, "key")), "train.bin")]) {
      expect((await rejection(() => refusing(path), "CODEX_DATA_CACHE")).where).to.equal(folder);
    }
    const lasting = join(folder, "key/manifest.json");
    expect((await rejection(() => refusing(lasting), "CODEX_DATA_CACHE")).where).to.equal(lasting);
  });

  it("is not blamed for what the system did not refuse", async () => {
    const mistake = new TypeError("a mistake");
    const thrown = await inCache("cache", () => Promise.reject(mistake)).catch((error: unknown) => error);
    expect(thrown).to.equal(mistake);
  });
});
