import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type BatchSource, BatchSourcePoint, CorpusPoint, type Disposable } from "codex-core";
import { createFromPlugin, describeCorpus, rejection, removeTemporaryFolders } from "codex-core/testing";
import plugin, { textOptions } from "codex-plugin-data-text";
import { findHeldOut, findSources } from "#src/sources/find-sources.js";
import { createGate, createProject, createUnitTokenizer } from "./support/corpus-folder.js";

const find = (project: string, options: object) => findSources(textOptions.parse(options), project);
const idsOf = async (project: string, options: object) =>
  Object.fromEntries((await find(project, options)).map(({ name, files }) => [name, files.map(({ id }) => id)]));

const settingsOf = (project: string, options: object) => ({
  options,
  context: { folders: { project, cache: join(project, ".cache") } },
});

describeCorpus("text, a mixture", async () => {
  const project = await createProject({ "a.txt": "alpha", "b.txt": "beta", "c.txt": "held out" });
  const mixture = { one: { paths: ["a.txt", "b.txt"] }, two: { paths: ["b.txt"], weight: 3 } };
  const settings = settingsOf(project, { mixture, validationPaths: ["c.txt"] });
  return createFromPlugin(plugin, CorpusPoint, "text", settings);
});

describe("findSources", () => {
  afterEach(removeTemporaryFolders);

  it("makes one source of paths, which is called text", async () => {
    const project = await createProject({ "a.txt": "", "held.txt": "" });
    const options = {
      paths: ["a.txt"],
      validationPaths: ["held.txt"],
      license: "MIT",
      homepage: "https://example.org",
    };
    const [source, ...others] = await find(project, options);
    expect(others).to.deep.equal([]);
    expect(source).to.include({ name: "text", weight: 1, license: "MIT", homepage: "https://example.org" });
    expect(source!.files.map(({ id }) => id)).to.deep.equal(["held.txt", "a.txt"]);
  });

  it("names the dataset whose file is gone, and how to read others", async () => {
    const project = await createProject({ "a.txt": "" });
    for (const texts of [{ paths: ["gone.txt"] }, { mixture: { one: { paths: ["gone.txt"] } } }]) {
      const error = await rejection(() => find(project, { ...texts, dataset: "books@2" }), "CODEX_DATA_NO_MATCH");
      expect(error.what).to.contain("gone.txt");
      expect(error.why).to.contain("books@2").and.contain("codex data list");
      expect(error.fix).to.contain("~data.dataset ~data.fingerprint");
      const unnamed = await rejection(() => find(project, texts), "CODEX_DATA_NO_MATCH");
      expect(unnamed.fix).to.not.contain("dataset");
    }
  });

  it("names a part's own option when a file of it lacks the field, in every format", async () => {
    const parquet = await readFile(new URL("./fixtures/none.parquet", import.meta.url));
    const files = { "a.jsonl": '{"body":"x"}\n', "b.csv": "body\nx\n", "c.parquet": parquet };
    const project = await createProject(files);
    for (const path of Object.keys(files)) {
      const fixOf = async (options: object) => {
        const corpus = await createFromPlugin(plugin, CorpusPoint, "text", settingsOf(project, options));
        const documents = corpus.documents()[Symbol.asyncIterator]();
        return (await rejection(() => documents.next(), "CODEX_DATA_LINE_INVALID")).fix;
      };
      const paths = [path];
      expect(await fixOf({ paths, textField: "content" })).to.match(/\bset data\.textField to/i);
      expect(await fixOf({ mixture: { wiki: { paths, textField: "content" } } })).to.match(
        /\bset data\.mixture\.wiki\.textField to/i,
      );
    }
  });

  it("makes one source of each part, by name, with what the part or all say", async () => {
    const project = await createProject({ "wiki/a.jsonl": "", "wiki/b.txt": "", "code/c.txt": "", "code/d.jsonl": "" });
    const sources = await find(project, {
      license: "MIT",
      textField: "content",
      mixture: {
        wiki: { paths: ["wiki"], extensions: [".jsonl"], weight: 2, license: "CC-BY-SA-4.0" },
        code: { paths: ["code"], textField: "source" },
      },
    });
    const ids = sources.map(({ files, textFieldOption: _, ...rest }) => ({
      ...rest,
      files: files.map(({ id }) => id),
    }));
    expect(ids).to.deep.equal([
      { name: "code", weight: 1, textField: "source", license: "MIT", files: ["code/c.txt"] },
      { name: "wiki", weight: 2, textField: "content", license: "CC-BY-SA-4.0", files: ["wiki/a.jsonl"] },
    ]);
  });

  it("reads a file in each part that names it, under one id", async () => {
    const project = await createProject({ "a.txt": "", "b.txt": "" });
    await symlink(join(project, "a.txt"), join(project, "link.txt"));
    const mixture = { one: { paths: ["a.txt"] }, two: { paths: ["b.txt", "link.txt"] } };
    expect(await idsOf(project, { mixture })).to.deep.equal({ one: ["a.txt"], two: ["b.txt", "a.txt"] });
  });

  it("keeps what is held out in its part, and makes a source of weight 0 of the rest", async () => {
    const project = await createProject({ "a.txt": "", "b.txt": "", "held.txt": "" });
    await symlink(join(project, "b.txt"), join(project, "link.txt"));
    const options = {
      mixture: { one: { paths: ["a.txt", "link.txt"] } },
      validationPaths: ["b.txt", "held.txt"],
    };
    expect(await idsOf(project, options)).to.deep.equal({ one: ["a.txt", "b.txt"], validation: ["held.txt"] });
    expect((await find(project, options)).map(({ weight }) => weight)).to.deep.equal([1, 0]);
    expect(await findHeldOut(textOptions.parse(options), project)).to.deep.equal(["b.txt", "held.txt"]);
  });

  describe("of npm packages", () => {
    const facts = async (manifest: string, options: object = { paths: ["npm:books/*.txt"] }) => {
      const project = await createProject({
        "node_modules/books/package.json": manifest,
        "node_modules/books/a.txt": "",
        "node_modules/other/package.json": '{"license":"MIT"}',
        "node_modules/other/b.txt": "",
        "mine.txt": "",
      });
      const [source] = await find(project, options);
      return { license: source?.license, homepage: source?.homepage };
    };
    const whole =
      '{"license":"CC0-1.0","homepage":"https://a.example","repository":{"url":"git+https://b.example/r.git"}}';

    it("take licence and homepage from the package, where the options say nothing", async () => {
      expect(await facts(whole)).to.deep.equal({ license: "CC0-1.0", homepage: "https://a.example" });
      expect(await facts(whole, { paths: ["npm:books/*.txt"], license: "MIT" })).to.include({ license: "MIT" });
    });

    it("take the repository's address where there is no homepage", async () => {
      for (const repository of ['"https://b.example/r.git"', '{"url":"git+https://b.example/r.git"}']) {
        expect((await facts(`{"repository":${repository}}`)).homepage).to.equal("https://b.example/r.git");
      }
    });

    it("take nothing that is no licence, nor from several packages, nor from a broken package.json", async () => {
      const nothing = { license: undefined, homepage: undefined };
      for (const license of ['"SEE LICENSE IN LICENSE.txt"', '"UNLICENSED"', '{"type":"MIT"}', "7"]) {
        expect(await facts(`{"license":${license}}`), license).to.deep.equal(nothing);
      }
      expect(await facts(whole, { paths: ["npm:books/*.txt", "npm:other/b.txt"] })).to.deep.equal(nothing);
      expect(await facts(whole, { paths: ["npm:books/*.txt", "mine.txt"] })).to.deep.equal(nothing);
      expect(await facts("{")).to.deep.equal(nothing);
    });
  });

  for (const [what, options, message] of [
    ["neither paths nor mixture", {}, "either `paths` or `mixture`"],
    ["both", { paths: ["a"], mixture: { a: { paths: ["a"] } } }, "either `paths` or `mixture`"],
    ["no part", { mixture: {} }, "names no part"],
    ["a name in capitals", { mixture: { Wiki: { paths: ["a"] } } }, "Invalid key"],
    ["the name of what is held out", { mixture: { validation: { paths: ["a"] } } }, "Invalid key"],
    ["a weight of 0", { mixture: { a: { paths: ["a"], weight: 0 } } }, ">0"],
    ["a weight without end", { mixture: { a: { paths: ["a"], weight: Infinity } } }, "number"],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(textOptions.safeParse(options).error?.message).to.contain(message);
    });
  }
});

describe("a mixture's batches", () => {
  afterEach(removeTemporaryFolders);

  it("hold out files of parts, and files that no part names", async () => {
    const project = await createProject({ "a.txt": "alpha", "b.txt": "beta", "c.txt": "gamma" });
    const options = { mixture: { one: { paths: ["a.txt", "b.txt"] } }, validationPaths: ["b.txt", "c.txt"] };
    const settings = settingsOf(project, { ...options, shuffle: false });
    const corpus = await createFromPlugin(plugin, CorpusPoint, "text", settings);
    const dependencies = { corpus, tokenizer: createUnitTokenizer(), safety: createGate() };
    const source = await createFromPlugin(plugin, BatchSourcePoint, "text", { ...settings, dependencies });
    const shape = { microBatch: 1, contextLength: 4 };
    const train = await source.open("train", shape);
    const validation = await source.open("validation", shape);
    expect(train.tokenCount).to.equal("alpha".length);
    expect(validation.tokenCount).to.equal("beta".length + "gamma".length);
    await (source as BatchSource & Disposable).dispose();
  });
});

describe("the fingerprint option", () => {
  afterEach(removeTemporaryFolders);

  it("refuses every reading of another corpus, and names both fingerprints and the dataset", async () => {
    const project = await createProject({ "a.txt": "alpha" });
    const corpusWith = (options: object) =>
      createFromPlugin(plugin, CorpusPoint, "text", settingsOf(project, { paths: ["a.txt"], ...options }));
    const fingerprint = await (await corpusWith({})).fingerprint();
    const same = await corpusWith({ fingerprint });
    expect(await same.fingerprint()).to.equal(fingerprint);
    expect((await same.documents()[Symbol.asyncIterator]().next()).value.text).to.equal("alpha");
    const other = await corpusWith({ fingerprint: "0".repeat(64), dataset: "books@2" });
    const error = await rejection(() => other.fingerprint(), "CODEX_DATA_FINGERPRINT");
    expect(error.what).to.contain(`of books@2 is ${fingerprint}`).and.contain("0".repeat(64));
    expect(error.why).to.contain("a file was changed").and.contain("other paths");
    expect(error.fix).to.contain("codex data add").and.contain("codex data list --check");
    expect(error.fix).to.contain("~data.dataset ~data.fingerprint");
    const unnamed = await corpusWith({ fingerprint: "0".repeat(64) });
    const { fix } = await rejection(() => unnamed.fingerprint(), "CODEX_DATA_FINGERPRINT");
    expect(fix).to.contain("~data.fingerprint").and.not.contain("~data.dataset");
    await rejection(() => other.documents()[Symbol.asyncIterator]().next(), "CODEX_DATA_FINGERPRINT");
    expect(textOptions.safeParse({ paths: ["a"], fingerprint: "abc" }).success).to.equal(false);
  });
});
