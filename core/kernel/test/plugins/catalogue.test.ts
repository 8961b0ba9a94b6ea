import { expect } from "chai";
import { type CodexError, isCodexError } from "codex-core";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import type { PluginCatalogue } from "#src/plugins/catalogue.js";
import { discoverPlugins } from "#src/plugins/discover-plugins.js";
import { installPlugin } from "./write-plugin.js";

describe("PluginCatalogue.find", () => {
  let project: string;
  let catalogue: PluginCatalogue;

  before(async () => {
    project = await createTemporaryFolder();
    const schema = { schema: "./options.schema.json" };
    await installPlugin(project, "codex-plugin-a", {
      codex: { provides: { tracker: { note: schema, files: schema } } },
    });
    await installPlugin(project, "codex-plugin-b");
    await installPlugin(project, "codex-plugin-new", {
      codex: { api: "^2", provides: { model: { future: schema } } },
    });
    await installPlugin(project, "codex-plugin-broken", { files: { "package.json": "{" } });
    await installPlugin(project, "codex-plugin-tracker-lines", {
      codex: { provides: { trackers: { lines: schema, rows: schema } } },
    });
    await installPlugin(project, "@me/codex-plugin-tracker-bare", { manifest: { codex: undefined } });
    await installPlugin(project, "codex-plugin-tracker-other", { codex: { provides: { schedule: { late: schema } } } });
    catalogue = await discoverPlugins({ projectFolder: project });
  });

  after(removeTemporaryFolders);

  function refusal(point: string, type: string, askedBy?: string): CodexError {
    try {
      catalogue.find(point, type, askedBy);
    } catch (error) {
      if (isCodexError(error)) return error;
      throw error;
    }
    throw new Error("it was found");
  }

  it("finds the plugin that provides a type, with the schema", () => {
    const match = catalogue.find("tracker", "files");
    expect(match.entry.packageName).to.equal("codex-plugin-a");
    expect(match.type).to.equal("files");
    expect(match.schema).to.have.property("type", "object");
  });

  it("names both when two provide a type, and lets PACKAGE#TYPE settle it", () => {
    const error = refusal("tracker", "note");
    expect(error.code).to.equal("CODEX_PLUGIN_AMBIGUOUS_TYPE");
    expect(error.message).to.include("codex-plugin-a@1.2.3 and codex-plugin-b@1.2.3");
    expect(error.fix).to.include("`type: codex-plugin-b#note`");
    expect(catalogue.find("tracker", "codex-plugin-b#note").entry.packageName).to.equal("codex-plugin-b");
  });

  it("says of an unknown type who asked, where was searched, what is near and what to install", () => {
    const error = refusal("tracker", "fiels", "configs/quickstart.yaml:3:4 → tracker.x.type");
    expect(error.code).to.equal("CODEX_PLUGIN_UNKNOWN_TYPE");
    expect(error.message).to.include('Did you mean "files"?');
    expect(error.where).to.equal("configs/quickstart.yaml:3:4 → tracker.x.type");
    expect(error.why).to.include("Available: files, note.").and.include(project).and.include("codex-plugin-broken");
    expect(error.fix).to.equal("Write `type: files`");
  });

  it("names the section's package for the points of data", () => {
    expect(refusal("corpus", "parquet").fix).to.include("install a plugin that provides it");
    expect(refusal("corpus", "parquet").why).to.include("No installed plugin provides any corpus");
  });

  it("suggests the package that PACKAGE#TYPE names", () => {
    expect(refusal("tracker", "codex-plugin-c#note").fix).to.equal("npm install codex-plugin-c");
  });

  it("says that a package of the wanted name is installed, and what is wrong with its manifest", () => {
    const error = refusal("tracker", "lines", "configs/mine.yaml → tracker.lines");
    expect(error.code).to.equal("CODEX_PLUGIN_UNKNOWN_TYPE");
    expect(error.message).to.include("codex-plugin-tracker-lines is installed, but is broken: There is no");
    expect(error.message).to.include('Did you mean "tracker"?');
    expect(error.where).to.equal("configs/mine.yaml → tracker.lines");
    expect(error.why).to.include("Available: files, note.");
    expect(error.fix).to.match(/^Write "tracker" instead of "trackers" in .*tracker-lines.package\.json\.$/);
    expect(refusal("tracker", "rows").message).to.include("codex-plugin-tracker-lines is installed, but");
    for (const type of ["bare", "@me/codex-plugin-tracker-bare#bare"]) {
      const bare = refusal("tracker", type);
      expect(bare.message).to.include("has no `codex` manifest");
      expect(bare.fix).to.include('Add "codex": { "api": "^1.0"');
    }
  });

  it("says of a sound package of the wanted name what it provides instead", () => {
    const error = refusal("tracker", "other");
    expect(error.message).to.include("tracker-other is installed, but its manifest names schedule late.");
    expect(error.fix).to.match(
      /^If the plugin is yours, write "tracker": \{ "other": .*tracker-other.package\.json\.$/,
    );
    const other = refusal("tracker", "codex-plugin-a#gone");
    expect(other.message).to.include(
      "codex-plugin-a is installed, but its manifest names tracker note, tracker files.",
    );
    expect(other.fix).to.include("Write `type: note` or `type: files`; or, if the plugin is yours, ");
  });

  it("gives the reason when the only plugin that provides a type cannot be used", () => {
    expect(refusal("model", "future").code).to.equal("CODEX_PLUGIN_API_RANGE");
    expect(refusal("model", "codex-plugin-broken#x").code).to.equal("CODEX_PLUGIN_MANIFEST");
  });

  it("is not fooled by names of Object's prototype", () => {
    expect(refusal("constructor", "toString").code).to.equal("CODEX_PLUGIN_UNKNOWN_TYPE");
    expect(refusal("tracker", "__proto__").code).to.equal("CODEX_PLUGIN_UNKNOWN_TYPE");
  });

  it("lists the types of a point without those that cannot be used", () => {
    expect(catalogue.types("tracker")).to.deep.equal(["files", "note"]);
    expect(catalogue.types("model")).to.deep.equal([]);
  });
});
