import { expect } from "chai";
import { listPlugins, renderPluginList } from "#src/cli/list/plugin-list.js";
import { brokenEntry, fakeCatalogue, fakeEntry, schema } from "./fake-catalogue.js";

const catalogue = fakeCatalogue(
  fakeEntry("codex-plugin-lm", { schedule: { constant: schema, cosine: schema }, trainer: { lm: schema } }),
  fakeEntry("codex-plugin-other", { trainer: { lm: schema }, tracker: { remote: schema, files: schema } }),
  fakeEntry("codex-plugins", {}, { includes: ["codex-plugin-lm"] }),
  brokenEntry,
);

describe("listPlugins", () => {
  it("marks what the config names: by type, by name in a map, and by PACKAGE#TYPE", () => {
    const config = {
      schedule: { type: "cosine" },
      trainer: { type: "codex-plugin-other#lm" },
      tracker: { nightly: { type: "remote" }, files: {}, broken: {} },
    };
    const enabled = listPlugins(catalogue, config).flatMap(({ name, provides }) =>
      provides.filter((type) => type.enabled).map(({ point, type }) => `${name} ${point} ${type}`),
    );
    expect(enabled).to.deep.equal([
      "codex-plugin-lm schedule cosine",
      "codex-plugin-other trainer lm",
      "codex-plugin-other tracker remote",
      "codex-plugin-other tracker files",
    ]);
  });

  it("does not know what is enabled without a config", () => {
    const [plugin] = listPlugins(catalogue);
    expect(plugin?.provides.map(({ enabled }) => enabled)).to.deep.equal([null, null, null]);
  });

  it("shows state, types and what is wrong", () => {
    const text = renderPluginList(listPlugins(catalogue, { schedule: { type: "cosine" } }), "A note.");
    expect(text).to.match(/^codex-plugin-lm +1\.2\.3 +enabled +schedule constant cosine\*, trainer lm$/m);
    expect(text).to.match(/^codex-plugin-other +1\.2\.3 +available/m);
    expect(text).to.match(/^codex-plugins +1\.2\.3 +available +1 plugins?$/m);
    expect(text).to.match(/^codex-plugin-broken +1\.2\.3 +broken/m);
    expect(text).to.include("CODEX_PLUGIN_API_RANGE: It is too old.\nWhere: /p/x\nFix: Update it.");
    expect(text).to.match(/\nA note\.\n$/);
  });

  it("says how to install plugins when there are none", () => {
    expect(renderPluginList([])).to.include("npm install codex-plugins");
  });
});
