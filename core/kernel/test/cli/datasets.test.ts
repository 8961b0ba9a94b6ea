import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { CorpusSource, JsonObject } from "codex-core";
import { createKernel } from "codex-core/kernel";
import {
  createFakeConfig,
  createTemporaryFolder,
  fakePlugin,
  MemoryCorpus,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import { addDataset } from "#src/cli/data/add-dataset.js";
import { listDatasets } from "#src/cli/data/list-datasets.js";
import { readRegistry } from "#src/datasets/read-registry.js";
import { registerDataset } from "#src/datasets/register-dataset.js";
import { fakeContent } from "../datasets/fake-datasets.js";
import { createFakeContext } from "./fake-context.js";
import { createFakeTerminal } from "./fake-terminal.js";

const texts = ["the whale swims", "call me"];
const onlyData = { tokenizer: undefined as never, model: undefined as never };

describe("codex data add", () => {
  let project: string;
  beforeEach(async () => {
    project = await createTemporaryFolder();
    await writeFile(join(project, "package.json"), "{}");
  });
  afterEach(removeTemporaryFolders);

  function contextOf(data: JsonObject, json = false, corpus?: MemoryCorpus) {
    return createFakeContext({
      terminal: createFakeTerminal(project),
      json,
      openKernel: (settings) =>
        createKernel({
          ...settings,
          plugins: [fakePlugin],
          parts: corpus ? { corpus } : {},
          config: createFakeConfig({ data: { type: "fake", ...data }, ...onlyData }),
        }),
    });
  }

  async function add(name: string, data: JsonObject = { texts }, options = {}, words: readonly string[] = []) {
    const context = contextOf(data);
    await addDataset(name, options, words, context);
    return context.terminal.stdout.text;
  }

  it("registers the section as it is resolved, fingerprint, sources and count, and needs no model", async () => {
    const sources = [{ name: "whale", weight: 2, license: "CC0-1.0" }];
    const options = { license: "MIT", homepage: "https://example.org" };
    expect(await add("whale", { texts, sources }, options)).to.equal(
      "Registered whale@1 in datasets.json: 2 documents, 2 files, 22 B.\nUse it: data.dataset=whale@1\n",
    );
    const [entry] = await readRegistry(project);
    const files = texts.map((text, index) => ({
      id: `document-${index}`,
      sizeBytes: text.length,
      sha256: createHash("sha256").update(text).digest("hex"),
    }));
    expect(entry).to.deep.include({
      name: "whale",
      version: 1,
      ...options,
      data: { type: "fake", texts, sources, license: "MIT" },
      fingerprint: await new MemoryCorpus(texts).fingerprint(),
      documents: 2,
      sources: [{ ...sources[0], files }],
    });
    expect(Date.parse(entry!.addedAt)).to.be.closeTo(Date.now(), 60_000);
  });

  it("gives the licence to the data too, where it has such an option, and leaves out what it lacks", async () => {
    await add("whale", { texts }, { license: "MIT", homepage: "https://example.org" });
    const [entry] = await readRegistry(project);
    expect(entry?.data).to.deep.equal({ type: "fake", texts, license: "MIT" });
    expect(entry?.sources[0]).to.include({ name: "memory", license: "MIT" });
  });

  it("says that the same texts are there already, and what of the section differs", async () => {
    await add("whale");
    expect(await add("whale")).to.equal("These texts are there already, as whale@1.\n");
    expect(await add("whale@1", { texts, sources: [{ name: "own", weight: 1 }] })).to.include("another data.sources");
    expect(await readRegistry(project)).to.have.length(1);
  });

  it("gives other texts the next version, and refuses them under one that is taken", async () => {
    await add("whale");
    expect(await add("whale", { texts: ["other"] })).to.match(/^Registered whale@2 /);
    const error = await rejection(() => add("whale@1", { texts: ["third"] }), "CODEX_DATASET_EXISTS");
    expect(error.fix).to.include("whale@3");
    await rejection(() => add("no/name"), "CODEX_DATASET_NAME");
  });

  it("makes a dataset that a config can name, and of its changed texts the next version", async () => {
    await add("whale");
    const context = contextOf({ dataset: "whale" }, true);
    await addDataset("again", {}, [], context);
    const { dataset, entry } = JSON.parse(context.terminal.stdout.text);
    expect(dataset).to.equal("again@1");
    expect(entry.data).to.deep.equal({ type: "fake", texts });
    expect(await add("whale", { dataset: "whale@1", texts: ["changed"] })).to.match(/^Registered whale@2 /);
  });

  it("writes paths in the project from its folder, and texts so that they mean the same", async () => {
    const own = [join(project, "books/a.txt"), "/elsewhere/b.txt", "$${run.name}"];
    await add("whale", { texts: own });
    const [entry] = await readRegistry(project);
    expect(entry?.data.texts).to.deep.equal(["books/a.txt", "/elsewhere/b.txt", "$${run.name}"]);
  });

  it("refuses what would break the registry", async () => {
    const corpus = Object.assign(new MemoryCorpus(texts), {
      sources: async (): Promise<CorpusSource[]> => [{ name: "x", weight: -1, files: [] }],
    });
    const error = await rejection(
      () => addDataset("whale", {}, [], contextOf({}, false, corpus)),
      "CODEX_DATASET_INVALID",
    );
    expect(error.what).to.include("sources.0.weight");
    expect(await readRegistry(project)).to.deep.equal([]);
  });

  it("gives a run's part its name and fingerprint, by which other texts are refused", async () => {
    await add("whale");
    const config = createFakeConfig({ data: { dataset: "whale" } });
    const kernel = await createKernel({ projectFolder: project, plugins: [fakePlugin], config });
    expect(kernel.config.value.data).to.deep.include({ type: "fake", dataset: "whale@1" });
    await kernel.train();
    await kernel.dispose();
    const changed = createFakeConfig({ data: { dataset: "whale", texts: ["other ".repeat(20)] } });
    const other = await createKernel({ projectFolder: project, plugins: [fakePlugin], config: changed });
    await rejection(() => other.train(), "CODEX_FAKE_DATA_CHANGED");
  });
});

describe("codex data list", () => {
  let project: string;
  beforeEach(async () => {
    project = await createTemporaryFolder();
    await writeFile(join(project, "package.json"), "{}");
  });
  afterEach(removeTemporaryFolders);

  async function list(check = false, json = false) {
    const context = createFakeContext({ terminal: createFakeTerminal(project), json });
    await listDatasets({ check }, context);
    return { text: context.terminal.stdout.text, exitCode: context.exitCode };
  }

  const fileOf = (id: string, text: string) => ({
    id,
    sizeBytes: Buffer.byteLength(text),
    sha256: createHash("sha256").update(text).digest("hex"),
  });

  /** Registers three files: in the project, in a package, and elsewhere. */
  async function register(): Promise<void> {
    await mkdir(join(project, "node_modules/@own/texts"), { recursive: true });
    await writeFile(join(project, "node_modules/@own/texts/package.json"), "{}");
    await writeFile(join(project, "node_modules/@own/texts/b.txt"), "letters");
    await writeFile(join(project, "a.txt"), "whales");
    const files = [fileOf("a.txt", "whales"), fileOf("npm:@own/texts/b.txt", "letters"), fileOf("https://x/c", "far")];
    const sources = [{ name: "x", weight: 1, license: "MIT\u001b[2J", files }];
    await registerDataset(project, { name: "whale" }, fakeContent({ sources }));
  }

  it("says when there are none", async () => {
    expect((await list()).text).to.include("No datasets are registered.");
    expect(JSON.parse((await list(false, true)).text)).to.deep.equal({ datasets: [] });
  });

  it("shows name, documents, size, licence, and that the files are there", async () => {
    await register();
    const [head, row, ...rest] = (await list()).text.trimEnd().split("\n");
    expect(head).to.match(/^dataset +documents +size +licence +files$/);
    expect(row).to.match(/^whale@1 +3 +16 B +MIT\ufffd\[2J +2 there, 1 elsewhere$/);
    expect(rest).to.deep.equal([]);
    expect((await list(true)).text).to.include("2 unchanged, 1 elsewhere");
  });

  it("tells of files that are gone or have another size, and only --check of those with another content", async () => {
    await register();
    await writeFile(join(project, "a.txt"), "whalez");
    expect((await list()).text).to.include("2 there");
    const checked = await list(true);
    expect(checked.exitCode).to.equal(1);
    expect(checked.text)
      .to.include("1 of 3 differ")
      .and.match(/^whale@1 +a\.txt +its content changed/m);
    await writeFile(join(project, "a.txt"), "whale");
    await rm(join(project, "node_modules/@own/texts"), { recursive: true });
    const { text, exitCode } = await list();
    expect(exitCode).to.equal(0);
    expect(text)
      .to.match(/a\.txt +it has 5 bytes, and had 6$/m)
      .and.match(/npm:@own\/texts\/b\.txt +it is gone$/m);
    const { datasets } = JSON.parse((await list(false, true)).text);
    expect(datasets[0]).to.deep.include({ files: 3, elsewhere: 1, sizeBytes: 16 });
    expect(datasets[0].problems).to.have.length(2);
  });

  it("leaves a registry that it cannot read as it is", async () => {
    await writeFile(join(project, "datasets.json"), "[]");
    await rejection(() => list(), "CODEX_DATASETS_INVALID");
    expect(await readFile(join(project, "datasets.json"), "utf8")).to.equal("[]");
  });
});
