import { expect } from "chai";
import { explainKey } from "#src/config/explain.js";
import { removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { registryText } from "../datasets/fake-datasets.js";
import { createProject } from "./test-project.js";

const models = "tokenizer: { type: char }\nmodel: { type: gpt }\n";
const second = {
  version: 2,
  fingerprint: "c".repeat(64),
  data: { type: "text", paths: ["whale-2.txt"], shuffle: true },
};
const laid = { type: "text", paths: ["whale.txt"], shuffle: true, dataset: "whale@1", fingerprint: "a".repeat(64) };

describe("a dataset in a config", () => {
  afterEach(removeTemporaryFolders);

  const projectOf = (files: { readonly [path: string]: string } = {}) =>
    createProject({ "datasets.json": registryText({}, second), ...files });

  it("stands for the section that is registered, under what the config says beside it", async () => {
    const project = await projectOf({ "configs/a.yaml": `data: { dataset: whale@1, shuffle: false }\n${models}` });
    const { value } = await project.load({ preset: "a" });
    expect(value.data).to.deep.equal({ ...laid, shuffle: false });
  });

  it("is the newest one where no version is named, and the config then says which", async () => {
    const project = await projectOf({ "configs/a.yaml": `data: { dataset: whale }\n${models}` });
    const { value } = await project.load({ preset: "a" });
    expect(value.data).to.deep.include({ dataset: "whale@2", fingerprint: "c".repeat(64), paths: ["whale-2.txt"] });
  });

  it("takes the place of all that groups and the project's config say of data", async () => {
    const project = await projectOf({
      "codex.config.json": '{ "data": { "type": "text", "paths": ["own.txt"], "heldOut": "own" } }',
      "configs/data/book.yaml": "type: text\npaths: [book.txt]\nheldOut: book\n",
      "configs/a.yaml": `defaults: [data/book]\ndata: { dataset: whale@1 }\n${models}`,
    });
    expect((await project.load({ preset: "a" })).value.data).to.deep.equal(laid);
  });

  it("can be named by a group, by a program and on the command line", async () => {
    const project = await projectOf({
      "configs/data/whale.yaml": "dataset: whale@1\n",
      "configs/a.yaml": `defaults: [data/whale]\n${models}`,
    });
    expect((await project.load({ preset: "a" })).value.data).to.deep.equal(laid);
    expect((await project.load({ inline: { data: { dataset: "whale@1" } } })).value.data).to.deep.equal(laid);
    const overrides = ["data.shuffle=false", "data.dataset=whale@1"];
    expect((await project.load({ overrides })).value.data).to.deep.equal({ ...laid, shuffle: false });
    expect((await project.load({ overrides: ["data={dataset: whale@1}"] })).value.data).to.deep.equal(laid);
    const alone = { preset: undefined, inline: { tokenizer: { type: "char" }, model: { type: "gpt" } } };
    expect((await project.load({ ...alone, overrides: ["data.dataset=whale@1"] })).value.data).to.deep.equal(laid);
  });

  it("is explained by where it comes from", async () => {
    const config = await (await projectOf()).load({ overrides: ["data.dataset=whale", "data.shuffle=false"] });
    const from = (key: string) => explainKey(config, key).map((each) => [each.value, each.from, each.source]);
    expect(from("data.paths")).to.deep.equal([[["whale-2.txt"], "datasets.json → whale@2", undefined]]);
    expect(from("data.fingerprint")[0]?.[1]).to.equal("datasets.json → whale@2");
    expect(from("data.dataset")).to.deep.equal([["whale@2", "override data.dataset", "whale"]]);
    const [shuffle] = explainKey(config, "data.shuffle");
    expect(shuffle?.overrode.map((each) => each.from)).to.include("datasets.json → whale@2");
  });

  it("is not looked up again where its fingerprint stands beside it: in the config of a run", async () => {
    const project = await projectOf({ "codex.config.json": '{ "data": { "type": "text", "heldOut": "own" } }' });
    const data = { ...laid, dataset: "gone@7" };
    const inline = { data, tokenizer: { type: "char" }, model: { type: "gpt" } };
    const { value } = await project.load({ preset: undefined, inline });
    expect(value.data).to.deep.equal(data);
    const other = await project.load({ preset: undefined, inline, overrides: ["data.dataset=whale@1"] });
    expect(other.value.data).to.deep.equal(laid);
  });

  it("comes out of its own config.yaml as it went in", async () => {
    const project = await projectOf();
    const config = await project.load({ overrides: ["data.dataset=whale@1"] });
    expect(config.toYaml())
      .to.include("dataset: whale@1")
      .and.include(`fingerprint: ${"a".repeat(64)}`);
  });

  it("that nobody registered is refused with the nearest name, and the place", async () => {
    const project = await projectOf({ "configs/a.yaml": `data: { dataset: wale }\n${models}` });
    const unknown = await project.fail({ preset: "a" });
    expect(unknown.code).to.equal("CODEX_DATASET_UNKNOWN");
    expect(unknown.text).to.include('Did you mean "whale"?').and.include("configs/a.yaml:1:9 → data.dataset");
    const version = await project.fail({ overrides: ["data.dataset=whale@3"] });
    expect(version.text).to.include("There is no whale@3. There are whale@1, whale@2.");
    const none = await (await createProject()).fail({ overrides: ["data.dataset=whale"] });
    expect(none.text).to.include("The project has no datasets.json");
  });

  it("is refused where its name has not the form of one", async () => {
    const project = await projectOf();
    for (const name of ["whale@", "whale@0", "whale@1@2", "../whale", "whale@x", "__proto__", "'${run.name}'"]) {
      expect((await project.fail({ overrides: [`data.dataset=${name}`] })).code, name).to.equal("CODEX_DATASET_NAME");
    }
  });

  it("is an unknown key of a part that has no such option", async () => {
    const data = { type: "own" };
    const { pluginEntry } = await import("./test-project.js");
    const options = { type: "object", properties: {}, additionalProperties: false };
    const entry = pluginEntry("codex-plugin-own", { corpus: { own: options }, batchSource: { own: options } });
    const project = await createProject({ "datasets.json": registryText({ data }) }, entry);
    const { problems } = await project.fail({ overrides: ["data.dataset=whale"] });
    expect(problems.map(({ error }) => error.code)).to.deep.equal([
      "CODEX_CONFIG_UNKNOWN_KEY",
      "CODEX_CONFIG_UNKNOWN_KEY",
    ]);
  });
});

describe("data.paths on the command line", () => {
  afterEach(removeTemporaryFolders);

  it("names the type text where nothing else names one", async () => {
    const project = await createProject();
    const inline = { tokenizer: { type: "char" }, model: { type: "gpt" } };
    const { value } = await project.load({ preset: undefined, inline, overrides: ["data.paths=[a.txt]"] });
    expect(value.data).to.deep.include({ type: "text", paths: ["a.txt"] });
  });
});
