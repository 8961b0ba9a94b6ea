import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { loadConfig } from "../../core/kernel/dist/config/load-config.js";
import { presetNames } from "../../core/kernel/dist/config/presets.js";
import { readProjectConfig } from "../../core/kernel/dist/config/project-config.js";
import type { ResolvedConfig } from "../../core/kernel/dist/config/resolved-config.js";
import type { PluginCatalogue } from "../../core/kernel/dist/plugins/catalogue.js";
import { discoverPlugins } from "../../core/kernel/dist/plugins/discover-plugins.js";
import { repositoryRoot } from "../support/repository.js";

const notPresets = ["safety/default"];

describe("presets", () => {
  let catalogue: PluginCatalogue;
  let names: readonly string[];
  before(async () => {
    const { plugins } = await readProjectConfig(repositoryRoot);
    catalogue = await discoverPlugins({ projectFolder: repositoryRoot, extra: plugins });
    names = (await presetNames(join(repositoryRoot, "configs"))).filter((name) => !notPresets.includes(name));
  });

  function load(settings: object): Promise<ResolvedConfig> {
    return loadConfig({ projectFolder: repositoryRoot, catalogue, environment: {}, ...settings });
  }

  it("are valid, each with a text to train on", async () => {
    const presets = names.filter((name) => !name.includes("/"));
    expect(presets).to.include.members(["quickstart", "debug", "gpt2"]);
    for (const preset of presets) await load({ preset, flags: { texts: ["book.txt"] } });
  });

  it("make a whole config of each model's name alone", async () => {
    const models = names.filter((name) => name.startsWith("model/")).map((name) => name.slice("model/".length));
    expect(models).to.include.members(["gpt-nano", "gpt-mini", "gpt2"]);
    for (const modelName of models) {
      const flags = { modelName, texts: ["book.txt"], outputDir: "runs/debug", epochs: "1" };
      const { value } = await load({ flags });
      expect(value.trainer).to.include({ maxEpochs: 1 });
      expect(value.checkpoint, modelName).to.include({ every: 100 });
      const type = modelName.startsWith("gpt2") ? "tiktoken" : "char";
      expect(value.tokenizer, modelName).to.include({ type });
    }
  });

  it("are valid as groups too", async () => {
    for (const group of names.filter((name) => name.includes("/"))) {
      await load({ preset: "quickstart", inline: { defaults: [group] }, flags: { texts: ["book.txt"] } });
    }
  });

  it("are shipped with codex-plugins, as they are", async () => {
    const shipped = join(repositoryRoot, "plugins/codex-plugins/dist/configs");
    expect(await presetNames(shipped)).to.deep.equal(names);
    for (const name of names) {
      const [own, copy] = [join(repositoryRoot, "configs"), shipped].map((folder) =>
        readFileSync(join(folder, `${name}.yaml`)),
      );
      expect(copy!.equals(own!), name).to.equal(true);
    }
  });

  it("open with what they are and the command that runs them", () => {
    for (const name of names.filter((candidate) => !candidate.includes("/") || candidate.startsWith("model/"))) {
      const lines = readFileSync(join(repositoryRoot, "configs", `${name}.yaml`), "utf8").split("\n");
      const comments = lines.filter((line) => line.startsWith("#") && !line.includes("$schema"));
      expect(comments[0], name).to.match(/^# .+: .+/);
      expect(comments[1], name).to.match(/^# Run: codex train --(config|model-name) /);
    }
  });
});
