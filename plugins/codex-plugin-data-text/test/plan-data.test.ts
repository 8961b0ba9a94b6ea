import { expect } from "chai";
import { BatchSourcePoint, CorpusPoint, type Disposable, type PlanContext, type SafetyGate } from "codex-core";
import { createFromPlugin, factsFromPlugin, removeTemporaryFolders } from "codex-core/testing";
import plugin from "codex-plugin-data-text";
import { createGate, createProject, createUnitTokenizer, numberedWords } from "./support/corpus-folder.js";

const tokenizer = createUnitTokenizer();
const options = { paths: ["*.txt"], split: "tails" };

const contextOf = (project: string) => ({ folders: { project, cache: `${project}/.cache` } });

async function prepare(project: string, safety: SafetyGate = createGate()): Promise<void> {
  const settings = { options, context: { seed: 1, ...contextOf(project) } };
  const corpus = await createFromPlugin(plugin, CorpusPoint, "text", settings);
  const dependencies = { corpus, tokenizer, safety };
  const source = await createFromPlugin(plugin, BatchSourcePoint, "text", { ...settings, dependencies });
  await source.prepare!();
  await (source as unknown as Disposable).dispose();
}

describe("the plan of text data", () => {
  afterEach(removeTemporaryFolders);

  const facts = (project: string, other: object = {}, asked: PlanContext["tokenizer"] = tokenizer) =>
    factsFromPlugin(plugin, BatchSourcePoint, "text", {
      options: { ...options, ...other },
      context: contextOf(project),
      tokenizer: asked,
    });

  it("tells the tokens of each split where they were prepared, and nothing before", async () => {
    const project = await createProject({ "a.txt": numberedWords(0, 100) });
    expect(await facts(project)).to.deep.equal({});
    await prepare(project);
    const { trainTokens, validationTokens } = await facts(project);
    expect(trainTokens! + validationTokens!).to.equal(numberedWords(0, 100).length);
    expect(validationTokens).to.be.greaterThan(10);
  });

  it("tells nothing of other options, another tokenizer, other rows, or several versions", async () => {
    const project = await createProject({ "a.txt": numberedWords(0, 100) });
    await prepare(project);
    expect(await facts(project, { validationFraction: 0.2 })).to.deep.equal({});
    expect(await facts(project, { rows: "packed" })).to.deep.equal({});
    expect(await facts(project, {}, { fingerprint: "another", vocabSize: 5 })).to.deep.equal({});
    await prepare(project, { ...createGate((text) => text.replace("word7", "")), fingerprint: "filter" });
    expect(await facts(project)).to.deep.equal({});
  });
});
