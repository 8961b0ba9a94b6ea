import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { basePreset, createProject } from "./test-project.js";

describe("composition of configs", () => {
  afterEach(removeTemporaryFolders);

  it("fills in sections and options by default", async () => {
    const { value } = await (await createProject()).load();
    expect(value.optimizer).to.deep.equal({ type: "adamw", learningRate: 0.001, betas: [0.9, 0.95] });
    expect(value.tracker).to.deep.equal({ files: { type: "files" } });
    expect(value.safety).to.deep.equal({});
    const systemMetrics = { everySeconds: 10 };
    expect(value.run).to.deep.equal({ name: "base", seed: 1337, cacheDir: ".codex/cache", systemMetrics });
    expect(value.logging).to.deep.include({ level: "info", stderr: "none" });
    expect(value.trainer).to.deep.equal({ type: "lm", verbose: false, guard: { maxSkippedSteps: 10 } });
  });

  it("follows the precedence: defaults, codex.config, defaults list, preset, inline, flags, overrides", async () => {
    const project = await createProject({
      "codex.config.yaml": "run: { seed: 1 }\n",
      "configs/run/seeded.yaml": "seed: 2\n",
      "configs/listed.yaml": `defaults: [run/seeded]\n${basePreset}`,
      "configs/own.yaml": `defaults: [run/seeded]\n${basePreset}run: { seed: 3 }\n`,
    });
    const inline = { run: { seed: 4 } };
    const flags = { seed: "5" };
    const overrides = ["run.seed=6"];
    const seed = async (settings: object): Promise<unknown> => (await project.load(settings)).value.run;
    expect(await seed({})).to.include({ seed: 1 });
    expect(await seed({ preset: "listed" })).to.include({ seed: 2 });
    expect(await seed({ preset: "own" })).to.include({ seed: 3 });
    expect(await seed({ preset: "own", inline })).to.include({ seed: 4 });
    expect(await seed({ preset: "own", inline, flags })).to.include({ seed: 5 });
    expect(await seed({ preset: "own", inline, flags, overrides })).to.include({ seed: 6 });
  });

  it("lays a group under the section of its folder, below what the preset says itself", async () => {
    const project = await createProject({
      "configs/model/nano.yaml": "type: gpt\nlayerCount: 2\nheadCount: 2\n",
      "configs/a.yaml": `defaults: [model/nano]\n${basePreset}`,
      "configs/b.yaml": `defaults: [a]\nmodel: { headCount: 1 }\n`,
    });
    const { value } = await project.load({ preset: "b" });
    expect(value.model).to.deep.equal({ type: "gpt", layerCount: 2, headCount: 1, dropout: 0 });
  });

  it("drops the options of a type that another type replaces", async () => {
    const project = await createProject({
      "configs/a.yaml": `defaults: [base]\noptimizer: { type: sgd, momentum: 0.9 }\n`,
      "configs/b.yaml": `defaults: [a]\noptimizer: { type: adamw }\n`,
    });
    const { value } = await project.load({ preset: "b" });
    expect(value.optimizer).to.deep.equal({ type: "adamw", learningRate: 0.001, betas: [0.9, 0.95] });
  });

  it("takes what a group brings along for other sections only where nothing else speaks", async () => {
    const project = await createProject({
      "configs/tokenizer/gpt2.yaml": "type: bpe\nencoding: gpt2\n",
      "configs/model/gpt2.yaml": "defaults: [tokenizer/gpt2]\ntype: gpt\nlayerCount: 12\n",
      "configs/mine.yaml": `${basePreset}`,
    });
    const flags = { modelName: "gpt2", texts: ["a.txt"], outputDir: "runs/debug", epochs: "1" };
    const alone = await project.load({ preset: undefined, flags });
    expect(alone.value.tokenizer).to.deep.equal({ type: "bpe", encoding: "gpt2" });
    expect(alone.value.data).to.deep.equal({ type: "text", paths: ["a.txt"], shuffle: true });
    expect(alone.value.run).to.deep.include({ name: "gpt2", outputDir: "runs/debug" });
    expect(alone.value.trainer).to.deep.include({ maxEpochs: 1 });
    const named = await project.load({ preset: "mine", flags });
    expect(named.value.tokenizer).to.deep.equal({ type: "char", minCount: 1 });
  });

  it("keeps paths of flags relative to where they were typed", async () => {
    const project = await createProject();
    const workingFolder = join(project.folder, "inner");
    const flags = { texts: ["book.txt", "npm:some/book.txt"], outputDir: "../out" };
    const { value } = await project.load({ workingFolder, flags });
    expect(value.data).to.deep.include({ paths: ["inner/book.txt", "npm:some/book.txt"] });
    expect(value.run).to.deep.include({ outputDir: "out" });
  });

  it("takes a preset by its path, from the working folder", async () => {
    const project = await createProject({ "inner/mine.yaml": `${basePreset}run: { seed: 9 }\n` });
    const { value } = await project.load({ preset: "./mine.yaml", workingFolder: join(project.folder, "inner") });
    expect(value.run).to.include({ name: "mine", seed: 9, cacheDir: ".codex/cache" });
  });

  it("adds no tracker to those that a config names", async () => {
    const project = await createProject({ "configs/a.yaml": `${basePreset}tracker: { remote: {} }\n` });
    expect((await project.load({ preset: "a" })).value.tracker).to.have.all.keys("remote");
    expect((await project.load({ overrides: ["+tracker.remote={}"] })).value.tracker).to.have.all.keys(
      "files",
      "remote",
    );
  });

  it("reads empty sections and parts as empty maps", async () => {
    const project = await createProject({ "configs/a.yaml": `${basePreset}safety:\ntracker:\n  remote:\n` });
    const { value } = await project.load({ preset: "a" });
    expect(value.safety).to.deep.equal({});
    expect(value.tracker).to.have.nested.property("remote.type", "remote");
  });

  it("names the circle of defaults lists", async () => {
    const project = await createProject({
      "configs/a.yaml": "defaults: [model/b]\n",
      "configs/model/b.yaml": "defaults: [model/c]\n",
      "configs/model/c.yaml": "defaults:\n  - model/b\n",
    });
    const { code, text } = await project.fail({ preset: "a" });
    expect(code).to.equal("CODEX_CONFIG_DEFAULTS_CYCLE");
    expect(text).to.include("a → model/b → model/c → model/b").and.include("configs/model/c.yaml:2:5");
  });

  it("refuses a defaults list that names no groups", async () => {
    const project = await createProject({ "configs/a.yaml": "defaults: [{ model: nano }]\n" });
    expect((await project.fail({ preset: "a" })).code).to.equal("CODEX_CONFIG_DEFAULTS");
    const outside = await createProject({ "configs/a.yaml": "defaults: [../../secret]\n" });
    expect((await outside.fail({ preset: "a" })).code).to.equal("CODEX_CONFIG_DEFAULTS");
  });

  it("names the nearest preset when there is none of a name", async () => {
    const project = await createProject({
      "configs/model/nano.yaml": "type: gpt\n",
      "configs/a.yaml": "defaults: [model/nanu]",
    });
    const missing = await project.fail({ preset: "bass" });
    expect(missing.code).to.equal("CODEX_CONFIG_PRESET_NOT_FOUND");
    expect(missing.text).to.include('Did you mean "base"?');
    const group = await project.fail({ preset: "a" });
    expect(group.text).to.include('Did you mean "model/nano"?').and.include("configs/a.yaml:1:12");
    const flag = await project.fail({ flags: { modelName: "nan" } });
    expect(flag.text).to.include("--model-name nan").and.include("model/nano");
    expect((await project.fail({ preset: "../package" })).code).to.equal("CODEX_CONFIG_PRESET_NOT_FOUND");
  });

  it("says which file cannot be read", async () => {
    const project = await createProject();
    await mkdir(join(project.folder, "configs/dir.yaml"));
    const folder = await project.fail({ preset: "dir" });
    expect(folder.code).to.equal("CODEX_CONFIG_PRESET_NOT_FOUND");
    const bytes = await createProject({ "configs/latin.yaml": "" });
    const { writeFile } = await import("node:fs/promises");
    await writeFile(join(bytes.folder, "configs/latin.yaml"), Buffer.from([0x61, 0x3a, 0x20, 0xff]));
    const unreadable = await bytes.fail({ preset: "latin" });
    expect(unreadable.code).to.equal("CODEX_CONFIG_UNREADABLE");
    expect(unreadable.text).to.include("configs/latin.yaml").and.include("UTF-8");
  });
});
