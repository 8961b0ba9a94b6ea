import { expect } from "chai";
import { toJson } from "#src/config/config-tree.js";
import { parseOverride } from "#src/config/overrides.js";
import { removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { createProject } from "./test-project.js";

const read = (text: string): unknown => toJson(parseOverride(`a=${text}`).value);

describe("overrides", () => {
  afterEach(removeTemporaryFolders);

  it("read values as YAML scalars and flow, and all else as text", () => {
    expect(read("1e-3")).to.equal(0.001);
    expect(read("-4")).to.equal(-4);
    expect(read("true")).to.equal(true);
    expect(read("null")).to.equal(null);
    expect(read("[0.9, x]")).to.deep.equal([0.9, "x"]);
    expect(read("{type: remote, retries: 2}")).to.deep.equal({ type: "remote", retries: 2 });
    expect(read('"7"')).to.equal("7");
    expect(read("")).to.equal("");
    for (const text of ["*.txt", "a: b", "@x", "!x", "&x", "C:\\data", "x=y", "1.2.3", "yes"])
      expect(read(text)).to.equal(text);
  });

  it("change, add and remove", async () => {
    const project = await createProject({ "configs/a.yaml": "defaults: [base]\ntracker: { files: {}, remote: {} }\n" });
    const overrides = ["trainer.maxSteps=100", "~tracker.remote", "+tracker.nightly={type: remote, retries: 1}"];
    const { value } = await project.load({ preset: "a", overrides });
    expect(value.trainer).to.include({ maxSteps: 100 });
    expect(value.tracker).to.have.all.keys("files", "nightly");
    expect(value.tracker).to.have.nested.property("nightly.retries", 1);
  });

  it("may change what a schema knows though no file names it", async () => {
    const { value } = await (await createProject()).load({ overrides: ["trainer.guard.maxSkippedSteps=2"] });
    expect(value.trainer).to.have.nested.property("guard.maxSkippedSteps", 2);
  });

  it("may remove a part that is there by default", async () => {
    const { value } = await (await createProject()).load({ overrides: ["~tracker.files"] });
    expect(value.tracker).to.deep.equal({});
  });

  it("may name the type of a section that nothing speaks of", async () => {
    const project = await createProject({
      "configs/a.yaml": "data: { type: text, paths: [a.txt] }\nmodel: { type: gpt }\n",
    });
    const { value } = await project.load({ preset: "a", overrides: ["tokenizer.type=char"] });
    expect(value.tokenizer).to.deep.equal({ type: "char", minCount: 1 });
    expect((await project.fail({ overrides: ["tracker.type=files"] })).code).to.equal(
      "CODEX_CONFIG_OVERRIDE_UNKNOWN_KEY",
    );
  });

  it("may change an item of a list", async () => {
    const { value } = await (await createProject()).load({ overrides: ["data.paths.0=other.txt"] });
    expect(value.data).to.deep.include({ paths: ["other.txt"] });
  });

  it("replace a type first, and with it the options of the type before", async () => {
    const project = await createProject({ "configs/a.yaml": "defaults: [base]\noptimizer: { betas: [0.8, 0.9] }\n" });
    const { value } = await project.load({ preset: "a", overrides: ["optimizer.momentum=0.9", "optimizer.type=sgd"] });
    expect(value.optimizer).to.deep.equal({ type: "sgd", learningRate: 0.1, momentum: 0.9 });
  });

  it("must name a key that exists", async () => {
    const project = await createProject();
    const { code, text } = await project.fail({ overrides: ["trainer.maxSteeps=5"] });
    expect(code).to.equal("CODEX_CONFIG_OVERRIDE_UNKNOWN_KEY");
    expect(text).to.include("Did you mean trainer.maxSteps?");
    expect((await project.fail({ overrides: ["trainr.maxSteps=5"] })).text).to.include("trainer.maxSteps");
    expect((await project.fail({ overrides: ["tracker.wandb={}"] })).text).to.include("+KEY=VALUE");
    const removed = await project.fail({ overrides: ["~tracker.file"] });
    expect(removed.code).to.equal("CODEX_CONFIG_NOTHING_TO_REMOVE");
    expect(removed.text).to.include("tracker.files");
  });

  it("are refused when they are none, or reach into objects", async () => {
    const project = await createProject();
    for (const text of ["trainer.maxSteps", "=5", "+", "~a=1", "a..b=1", ".a=1"]) {
      expect((await project.fail({ overrides: [text] })).code, text).to.equal("CODEX_CONFIG_OVERRIDE_SYNTAX");
    }
    for (const text of ["+__proto__.x=1", "+model.constructor=1", "+run={__proto__: {x: 1}}"]) {
      expect((await project.fail({ overrides: [text] })).code, text).to.equal("CODEX_CONFIG_FORBIDDEN_KEY");
    }
    expect((await project.fail({ overrides: ["data.paths=[a"] })).code).to.equal("CODEX_CONFIG_SYNTAX");
  });
});
