import { expect } from "chai";
import { isCodexError } from "codex-core";
import { explainKey } from "#src/config/explain.js";
import { removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { basePreset, createProject, pluginEntry } from "./test-project.js";

describe("explainKey", () => {
  afterEach(removeTemporaryFolders);

  it("names file, line, group, flag and override of a value, and all that it overrode", async () => {
    const project = await createProject({
      "codex.config.json": '{\n  "optimizer": { "learningRate": 0.2 }\n}\n',
      "configs/optimizer/fast.yaml": "learningRate: 0.3\n",
      "configs/a.yaml": `defaults: [optimizer/fast]\n${basePreset}optimizer:\n  learningRate: 0.4\n`,
    });
    const config = await project.load({ preset: "a", overrides: ["optimizer.learningRate=0.5"] });
    const [explained] = explainKey(config, "optimizer.learningRate");
    expect(explained).to.deep.include({
      value: 0.5,
      from: "override optimizer.learningRate",
      description: "Peak learning rate.",
    });
    expect(explained?.overrode.map(({ value, from }) => [value, from])).to.deep.equal([
      [0.4, "preset a (configs/a.yaml:6:3)"],
      [0.3, "group optimizer/fast (configs/optimizer/fast.yaml:1:1)"],
      [0.2, "project config (codex.config.json:2:18)"],
      [0.001, "default of codex-plugin-standard"],
    ]);
    expect(config.origins["optimizer.learningRate"]).to.deep.equal({
      kind: "override",
      name: "optimizer.learningRate",
    });
    expect(config.origins["model.type"]).to.deep.include({ kind: "preset", file: "configs/a.yaml", line: 4 });
  });

  it("explains each option of a section, set or not, and the text before interpolation", async () => {
    const project = await createProject({ "configs/a.yaml": `${basePreset}run: { seed: "\${env:SEED,3}" }\n` });
    const explained = explainKey(await project.load({ preset: "a" }), "run");
    expect(explained.map(({ key, value, from, source }) => [key, value, from, source])).to.deep.equal([
      ["run.name", "a", "preset a", undefined],
      ["run.seed", 3, "preset a (configs/a.yaml:4:8)", "${env:SEED,3}"],
      ["run.requireExact", undefined, undefined, undefined],
      ["run.outputDir", undefined, undefined, undefined],
      ["run.tags", undefined, undefined, undefined],
      ["run.parent", undefined, undefined, undefined],
      ["run.cacheDir", ".codex/cache", "default of codex-core", undefined],
      ["run.systemMetrics.everySeconds", 10, "default of codex-core", undefined],
    ]);
    expect(explained.map(({ key, isSet }) => isSet && key))
      .to.include("run.seed")
      .and.not.include("run.tags");
  });

  it("says of options in a map that is not set what they are once it is", async () => {
    const config = await (await createProject()).load();
    const explained = explainKey(config, "trainer");
    const told = explained.map(({ key, isSet, default: byDefault, isRequired }) => [key, isSet, byDefault, isRequired]);
    expect(told).to.deep.equal([
      ["trainer.type", true, undefined, undefined],
      ["trainer.maxSteps", false, undefined, undefined],
      ["trainer.maxEpochs", false, undefined, undefined],
      ["trainer.verbose", true, undefined, undefined],
      ["trainer.guard.maxSkippedSteps", true, undefined, undefined],
      ["trainer.earlyStopping", false, undefined, undefined],
      ["trainer.earlyStopping.patience", false, undefined, true],
      ["trainer.earlyStopping.mode", false, "min", undefined],
    ]);
    expect(explainKey(config, "trainer.earlyStopping").map(({ key }) => key)).to.deep.equal([
      "trainer.earlyStopping",
      "trainer.earlyStopping.patience",
      "trainer.earlyStopping.mode",
    ]);
  });

  it("says what an option may be, of `type` which types there are", async () => {
    const config = await (await createProject()).load();
    expect(explainKey(config, "optimizer.betas")[0]?.values).to.equal("list of numbers");
    expect(explainKey(config, "tokenizer.type")[0]?.values).to.equal('"bpe" or "char"');
  });

  it("names neither of two options of which one has to be there as required, and no names that are the user's", async () => {
    const explained = explainKey(await (await createProject()).load(), "data");
    expect(explained.filter(({ isRequired }) => isRequired)).to.deep.equal([]);
    expect(explained.map(({ key }) => key)).to.include.members(["data.mixture", "data.heldOut"]);
    expect(explained.filter(({ key }) => key.startsWith("data.mixture."))).to.deep.equal([]);
  });

  it("says what a section is for that holds nothing", async () => {
    const config = await (await createProject()).load();
    const [callback, ...others] = explainKey(config, "callback");
    expect(callback).to.include({ isSet: false, description: "Code that is called during training, by name." });
    expect(others).to.deep.equal([]);
  });

  it("follows a schema that holds itself only as far as something is set", async () => {
    const tree = { type: "object", properties: { depth: { type: "integer" }, inner: { $ref: "#" } } };
    const catalogue = pluginEntry("codex-plugin-tree", { callback: { tree } });
    const config = await (await createProject({}, catalogue)).load({
      inline: { callback: { tree: { inner: { depth: 1 } } } },
    });
    expect(explainKey(config, "callback.tree").map(({ key }) => key)).to.deep.equal([
      "callback.tree.type",
      "callback.tree.optional",
      "callback.tree.depth",
      "callback.tree.inner.depth",
      "callback.tree.inner.inner",
    ]);
  });

  it("names a default once where a section fills two points", async () => {
    const config = await (await createProject()).load({ overrides: ["data.shuffle=false"] });
    expect(explainKey(config, "data.shuffle")[0]?.overrode.map(({ value }) => value)).to.deep.equal([true]);
  });

  it("explains flags and the program's config", async () => {
    const project = await createProject();
    const config = await project.load({ flags: { device: "cpu" }, inline: { compute: { dtype: "float32" } } });
    expect(explainKey(config, "compute.device")[0]?.from).to.equal("flag --device");
    expect(explainKey(config, "compute.dtype")[0]?.from).to.equal("the program's config");
  });

  it("knows keys that are not set, and names the nearest of those that there are not", async () => {
    const config = await (await createProject()).load();
    expect(explainKey(config, "trainer.maxEpochs")).to.deep.equal([
      {
        key: "trainer.maxEpochs",
        isSet: false,
        isSecret: false,
        overrode: [],
        values: "number",
        description: "Passes over the data.",
      },
    ]);
    try {
      explainKey(config, "trainer.maxEpoch");
      expect.fail("the key was explained");
    } catch (error) {
      if (!isCodexError(error)) throw error;
      expect(error.code).to.equal("CODEX_CONFIG_NO_SUCH_KEY");
      expect(error.what).to.include("trainer.maxEpochs");
      expect(error.why).to.match(/^trainer has .*guard/);
    }
  });
});
