import { expect } from "chai";
import { pluginErrors } from "#src/errors/plugin-errors.js";
import { removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { basePreset, createProject, pluginEntry, standardEntry } from "./test-project.js";

describe("checking a config", () => {
  afterEach(removeTemporaryFolders);

  it("reports every mistake at once, with file, line, column, key and nearest spelling", async () => {
    const project = await createProject({
      "configs/a.yaml": `data: { type: text, paths: [book.txt] }
tokenizer: { type: chr }
model:
  type: gpt
  layerCout: 4
  headCount: four
optimizr: {}
trainer: { type: lm, maxSteps: 0, earlyStopping: { mode: mim } }
run: { seed: -1 }
tracker: { remote: { mode: [] } }
`,
    });
    const { code, text, problems } = await project.fail({ preset: "a" });
    expect(code).to.equal("CODEX_CONFIG_INVALID");
    const seen = problems.map(({ error, key, file, line, column, nearest }) => [
      error.code,
      key,
      `${file}:${line}:${column}`,
      nearest,
    ]);
    expect(seen).to.deep.equal([
      ["CODEX_PLUGIN_UNKNOWN_TYPE", "tokenizer.type", "configs/a.yaml:2:14", undefined],
      ["CODEX_CONFIG_UNKNOWN_KEY", "model.layerCout", "configs/a.yaml:5:3", "layerCount"],
      ["CODEX_CONFIG_WRONG_VALUE", "model.headCount", "configs/a.yaml:6:3", undefined],
      ["CODEX_CONFIG_UNKNOWN_KEY", "optimizr", "configs/a.yaml:7:1", "optimizer"],
      ["CODEX_CONFIG_WRONG_VALUE", "trainer.maxSteps", "configs/a.yaml:8:22", undefined],
      ["CODEX_CONFIG_MISSING_KEY", "trainer.earlyStopping.patience", "configs/a.yaml:8:35", undefined],
      ["CODEX_CONFIG_WRONG_VALUE", "trainer.earlyStopping.mode", "configs/a.yaml:8:52", "min"],
      ["CODEX_CONFIG_WRONG_VALUE", "run.seed", "configs/a.yaml:9:8", undefined],
      ["CODEX_CONFIG_WRONG_VALUE", "tracker.remote.mode", "configs/a.yaml:10:22", undefined],
    ]);
    expect(text).to.include("9 mistakes").and.include('model.headCount must be a whole number, and is "four".');
    expect(text).to.include('tracker.remote.mode must be "on", "off", or a number, and is [].');
    expect(text).to.include('No plugin provides tokenizer type "chr". Did you mean "char"?');
  });

  it("gives the only mistake its own code, place, reason and fix", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}trainer: { guard: { maxSkipedSteps: 1 } }\n`,
    });
    const { code, text } = await project.fail({ preset: "a" });
    expect(code).to.equal("CODEX_CONFIG_UNKNOWN_KEY");
    expect(text).to.include("Where: configs/a.yaml:4:21 → trainer.guard.maxSkipedSteps");
    expect(text).to.include('Did you mean "maxSkippedSteps"?').and.include("Why: It has maxSkippedSteps.");
  });

  it("shows no password of an address, and says what a value with a pattern is for", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}tracker: { remote: { server: "http://me:hunter2@host" } }\n`,
    });
    const { code, text } = await project.fail({ preset: "a" });
    expect(code).to.equal("CODEX_CONFIG_WRONG_VALUE");
    expect(text).to.include("http://me:…@host").and.include("Why: An address without a user.");
    expect(text).not.to.include("hunter2");
  });

  describe("of which one key of several has to be there", () => {
    const parts = "tokenizer: { type: char }\nmodel: { type: gpt }\n";

    it("names them all when none is", async () => {
      const project = await createProject({ "configs/a.yaml": `${parts}data: { type: text }\n` });
      const { code, text, problems } = await project.fail({ preset: "a" });
      expect(code).to.equal("CODEX_CONFIG_MISSING_KEY");
      expect(problems[0]!.key).to.equal("data.paths");
      expect(text).to.include("data.paths is missing; data type text needs it, or data.mixture in its place.");
    });

    it("says where each comes from when several are, and how to take one away", async () => {
      const project = await createProject({ "configs/a.yaml": `${parts}data: { type: text, mixture: { a: {} } }\n` });
      const { code, text } = await project.fail({ preset: "a", flags: { texts: ["book.txt"] } });
      expect(code).to.equal("CODEX_CONFIG_WRONG_VALUE");
      expect(text).to.include("data.paths (flag --texts) and data.mixture (preset a (configs/a.yaml:3:21))");
      expect(text).to.include("~data.paths or ~data.mixture");
      await project.load({ preset: "a", flags: { texts: ["book.txt"] }, overrides: ["~data.mixture"] });
    });

    it("takes one as it is, under names that may be", async () => {
      const project = await createProject({
        "configs/good.yaml": `${parts}data: { type: text, mixture: { a: { weight: 2 } } }\n`,
        "configs/bad.yaml": `${parts}data: { type: text, mixture: { "A b": {} } }\n`,
      });
      await project.load({ preset: "good" });
      const { problems, text } = await project.fail({ preset: "bad" });
      expect(problems.map(({ key }) => key)).to.deep.equal(["data.mixture.A b"]);
      expect(text).to.include("data.mixture.A b must have a name that is a word of a-z.");
    });
  });

  it("says which sections are missing, and how to name them", async () => {
    const { code, problems, text } = await (await createProject()).fail({ preset: undefined });
    expect(code).to.equal("CODEX_CONFIG_INVALID");
    expect(problems.map((problem) => problem.key)).to.deep.equal(["data", "tokenizer", "model"]);
    expect(text).to.include("says nothing of `model`");
  });

  it("wants maps for sections and parts, and a type", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}compute: onnx\nsafety: { policy: strict }\ntokenizr: 1\n`,
    });
    const { problems } = await project.fail({ preset: "a" });
    expect(problems.map((problem) => problem.key)).to.deep.equal(["compute", "safety.policy", "tokenizr"]);
    const untyped = await createProject({ "configs/a.yaml": basePreset.replace("type: gpt", "layerCount: 2") });
    const { code, text } = await untyped.fail({ preset: "a" });
    expect(code).to.equal("CODEX_CONFIG_MISSING_KEY");
    expect(text).to.include("`model` names no type").and.include("gpt");
  });

  it("reports two plugins that claim one type, and takes PACKAGE#TYPE", async () => {
    const other = pluginEntry("codex-plugin-other", { optimizer: { adamw: { type: "object" } } });
    const project = await createProject({}, other);
    const { code, text } = await project.fail();
    expect(code).to.equal("CODEX_PLUGIN_AMBIGUOUS_TYPE");
    expect(text).to.include("codex-plugin-standard").and.include("codex-plugin-other#adamw");
    const { value } = await project.load({ overrides: ["optimizer.type=codex-plugin-standard#adamw"] });
    expect(value.optimizer).to.include({ learningRate: 0.001 });
  });

  it("lets a type be filled by the name of the part, and `optional` stand beside the options", async () => {
    const project = await createProject({ "configs/a.yaml": `${basePreset}tracker: { remote: { optional: true } }\n` });
    expect((await project.load({ preset: "a" })).value.tracker).to.have.nested.property("remote.type", "remote");
    const wrong = await project.fail({ preset: "a", overrides: ["tracker.remote.optional=maybe"] });
    expect(wrong.text).to.include("tracker.remote.optional must be true or false");
  });

  it("goes on without an optional part, and without a tracker whose plugin is broken", async () => {
    const problem = pluginErrors.CODEX_PLUGIN_API_RANGE({ what: "It is too old." });
    const broken = pluginEntry("codex-plugin-old", { tracker: { old: {} }, safety: { old: {} } }, { problem });
    const project = await createProject({}, broken);
    const overrides = ["+tracker.old={}", "+tracker.mine={type: none, optional: true}"];
    const { skipped } = await project.load({ overrides });
    expect(skipped.map(({ name, problem: { code } }) => [name, code])).to.deep.equal([
      ["old", "CODEX_PLUGIN_API_RANGE"],
      ["mine", "CODEX_PLUGIN_UNKNOWN_TYPE"],
    ]);
    expect((await project.fail({ overrides: ["+tracker.wrong={}"] })).code).to.equal("CODEX_PLUGIN_UNKNOWN_TYPE");
    expect((await project.fail({ overrides: ["+safety.old={}"] })).code).to.equal("CODEX_PLUGIN_API_RANGE");
  });

  it("tells what a part selects", async () => {
    const { parts } = await (await createProject()).load();
    const data = parts.find((part) => part.section === "data");
    expect(data?.matches.map((match) => match.pointKey)).to.deep.equal(["corpus", "batchSource"]);
    expect(data?.matches[0]?.entry).to.equal(standardEntry);
  });
});
