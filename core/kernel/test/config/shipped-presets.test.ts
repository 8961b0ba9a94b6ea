import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { basePreset, createProject, pluginEntry } from "./test-project.js";

/** A package that ships presets and provides nothing. */
async function shipping(packageName: string, files: { readonly [name: string]: string }) {
  const presets = join(await createTemporaryFolder(), "presets");
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(presets, name)), { recursive: true });
    await writeFile(join(presets, name), content);
  }
  return pluginEntry(packageName, {}, { presets });
}

const shipped = {
  "start.yaml": `defaults: [model/nano]\n${basePreset}run: { seed: 2 }\n`,
  "model/nano.yaml": "type: gpt\nlayerCount: 2\n",
};

describe("presets that packages ship", () => {
  afterEach(removeTemporaryFolders);

  it("are found by name, with the groups that they name, and with where they are from", async () => {
    const entry = await shipping("codex-plugins", shipped);
    const project = await createProject({}, entry);
    const config = await project.load({ preset: "start" });
    expect(config.value.model).to.include({ layerCount: 2 });
    expect(config.value.run).to.include({ name: "start", seed: 2 });
    const file = join(entry.presets!, "start.yaml");
    expect(config.origins["run.seed"]).to.deep.include({ kind: "preset", name: "start", file });
    const flags = { modelName: "nano" };
    expect((await project.load({ flags })).value.model).to.include({ layerCount: 2 });
  });

  it("come after the project's own, preset by preset, which may build on them", async () => {
    const project = await createProject(
      {
        "configs/model/nano.yaml": "type: gpt\nlayerCount: 3\n",
        "configs/mine.yaml": "defaults: [start]\nrun: { seed: 7 }\n",
      },
      await shipping("codex-plugins", shipped),
    );
    const { value } = await project.load({ preset: "mine" });
    expect(value.model).to.include({ layerCount: 3 });
    expect(value.run).to.include({ seed: 7 });
  });

  it("are refused where two packages ship one of a name, unless the project has its own", async () => {
    const entries = [await shipping("codex-plugins-a", shipped), await shipping("codex-plugins-b", shipped)];
    const error = await (await createProject({}, ...entries)).fail({ preset: "start" });
    expect(error.code).to.equal("CODEX_CONFIG_PRESET_AMBIGUOUS");
    expect(error.text)
      .to.include("codex-plugins-a, codex-plugins-b")
      .and.include(`cp '${join(entries[0]!.presets!, "start.yaml")}' configs/start.yaml`);
    const own = { "configs/start.yaml": basePreset, "configs/model/nano.yaml": "type: gpt\n" };
    expect((await (await createProject(own, ...entries)).load({ preset: "start" })).value.run).to.include({
      seed: 1337,
    });
  });

  it("are told of where none has a name, and cannot name code", async () => {
    const entry = await shipping("codex-plugins", { ...shipped, "evil.yaml": `${basePreset}plugins: [./x]\n` });
    const project = await createProject({}, entry);
    const missing = await project.fail({ preset: "strat" });
    expect(missing.text).to.include('Did you mean "start"?').and.include("There are: base, evil, start.");
    expect((await project.fail({ preset: "evil" })).code).to.equal("CODEX_CONFIG_UNKNOWN_KEY");
  });
});
