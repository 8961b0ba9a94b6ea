import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, rejection, removeTemporaryFolders } from "codex-core/testing";
import { activatePlugin } from "#src/plugins/activate-plugin.js";
import { discoverPlugins } from "#src/plugins/discover-plugins.js";
import { entryCode, installPlugin, linkKernel, type PluginFiles, writePlugin } from "./write-plugin.js";

const commonJs = `const { definePlugin, TrackerPoint } = require("codex-core");
const { z } = require("zod");
const definition = definePlugin({
  name: "codex-plugin-a",
  register(registrar) {
    registrar.provide(TrackerPoint, "note", { options: z.strictObject({}), create: () => ({}) });
  },
});
`;

describe("activatePlugin", () => {
  let project: string;

  beforeEach(async () => {
    project = await createTemporaryFolder();
    await linkKernel(project);
  });

  afterEach(removeTemporaryFolders);

  async function activate(files: PluginFiles, limitMs = 10_000) {
    await installPlugin(project, "codex-plugin-a", files);
    const { entries } = await discoverPlugins({ projectFolder: project });
    return activatePlugin(entries.find((entry) => entry.packageName === "codex-plugin-a")!, limitMs);
  }

  const withEntry = (code: string): PluginFiles => ({ files: { "index.js": code } });

  it("loads an ESM plugin", async () => {
    const provided = await activate({});
    expect(provided.map(({ point, type }) => `${point.key} ${type}`)).to.deep.equal(["tracker note"]);
  });

  it("loads an ESM plugin whose exports only know `import`", async () => {
    const exports = { ".": { types: "./index.d.ts", browser: "./no.js", import: { node: "./index.js" } } };
    expect(await activate({ manifest: { exports } })).to.have.length(1);
  });

  it("loads a CommonJS plugin by module.exports, main and require conditions", async () => {
    const manifest = { type: "commonjs", exports: undefined, main: "lib/entry" };
    const files = { "lib/entry.js": `${commonJs}module.exports = definition;` };
    expect(await activate({ manifest, files })).to.have.length(1);
    const conditions = { manifest: { type: "commonjs", exports: { require: "./lib/entry.js" } }, files };
    expect(await activate(conditions)).to.have.length(1);
  });

  it("loads a CommonJS plugin that was compiled from ESM", async () => {
    const compiled = `Object.defineProperty(exports, "__esModule", { value: true });\n${commonJs}exports.default = definition;`;
    expect(await activate({ manifest: { type: "commonjs" }, ...withEntry(compiled) })).to.have.length(1);
  });

  it("loads a TypeScript plugin of the project", async () => {
    const files = {
      "index.ts": `const kind: string = "note";\n${entryCode("codex-plugin-a").replace('"note"', "kind")}`,
    };
    expect(await activate({ manifest: { exports: "./index.ts" }, files })).to.have.length(1);
  });

  const broken: { title: string; files: PluginFiles; code: string; says: RegExp; fix?: RegExp }[] = [
    {
      title: "code that throws while it loads",
      files: withEntry("throw new Error('no licence');"),
      code: "CODEX_PLUGIN_IMPORT_FAILED",
      says: /no licence/,
    },
    {
      title: "code that is no JavaScript",
      files: withEntry("export default {"),
      code: "CODEX_PLUGIN_IMPORT_FAILED",
      says: /cannot be loaded/,
    },
    {
      title: "an entry that is not there",
      files: { manifest: { exports: "./gone.js" } },
      code: "CODEX_PLUGIN_IMPORT_FAILED",
      says: /gone\.js/,
    },
    {
      title: "exports without an entry",
      files: { manifest: { exports: { "./other": "./index.js" } } },
      code: "CODEX_PLUGIN_IMPORT_FAILED",
      says: /no entry/,
    },
    {
      title: "exports that leave the package",
      files: { manifest: { exports: "./../evil.js" } },
      code: "CODEX_PLUGIN_IMPORT_FAILED",
      says: /no entry/,
    },
    {
      title: "an import of a package that is not installed",
      files: withEntry('import "no-such-package/sub";'),
      code: "CODEX_PLUGIN_PEER_MISSING",
      says: /imports no-such-package/,
    },
    {
      title: "no default export",
      files: withEntry("export const plugin = {};"),
      code: "CODEX_PLUGIN_NOT_A_PLUGIN",
      says: /does not export a plugin definition/,
    },
    {
      title: "a default export without the brand",
      files: withEntry("export default { name: 'codex-plugin-a', register() {} };"),
      code: "CODEX_PLUGIN_NOT_A_PLUGIN",
      says: /does not export a plugin definition/,
    },
    {
      title: "a register that throws",
      files: withEntry(entryCode("codex-plugin-a").replace("register(registrar) {", "$& throw new Error('boom');")),
      code: "CODEX_PLUGIN_REGISTER_FAILED",
      says: /boom/,
    },
    {
      title: "a register that is asynchronous",
      files: withEntry(entryCode("codex-plugin-a").replace("register(", "async register(")),
      code: "CODEX_PLUGIN_REGISTER_FAILED",
      says: /asynchronously/,
      fix: /^Make `register` of codex-plugin-a a plain function/,
    },
    {
      title: "a provider without create",
      files: withEntry(entryCode("codex-plugin-a", "")),
      code: "CODEX_PLUGIN_REGISTER_FAILED",
      says: /no create function/,
      fix: /^In `register` of codex-plugin-a: add create: .* tracker "note"/,
    },
    {
      title: "a provider without a schema",
      files: withEntry(entryCode("codex-plugin-a").replace("options: z.strictObject({}),", "")),
      code: "CODEX_PLUGIN_REGISTER_FAILED",
      says: /no options schema/,
      fix: /^In `register` of codex-plugin-a: add options: z\.strictObject.* tracker "note"/,
    },
    {
      title: "a provider without a point",
      files: withEntry(entryCode("codex-plugin-a").replace("provide(TrackerPoint,", "provide(undefined,")),
      code: "CODEX_PLUGIN_REGISTER_FAILED",
      says: /without a contribution point for type "note"/,
      fix: /provide\(TrackerPoint, "note"/,
    },
    {
      title: "a definition that goes by another name",
      files: withEntry(entryCode("codex-plugin-other")),
      code: "CODEX_PLUGIN_MANIFEST_MISMATCH",
      says: /codex-plugin-a@1\.2\.3 calls itself "codex-plugin-other" in `definePlugin`/,
      fix: /^Write definePlugin\(\{ name: "codex-plugin-a"/,
    },
    {
      title: "code that provides more than the manifest says",
      files: { codex: { provides: {} } },
      code: "CODEX_PLUGIN_MANIFEST_MISMATCH",
      says: /only the code provides tracker note/,
      fix: /^Add what is missing to "provides"/,
    },
    {
      title: "a manifest that says more than the code provides",
      files: withEntry(entryCode("codex-plugin-a").replace('"note"', '"memo"')),
      code: "CODEX_PLUGIN_MANIFEST_MISMATCH",
      says: /only the manifest names tracker note/,
    },
    {
      title: "the entry's own problem",
      files: { codex: { api: "^7" } },
      code: "CODEX_PLUGIN_API_RANGE",
      says: /API \^7/,
    },
  ];
  for (const { title, files, code, says, fix } of broken) {
    it(`refuses ${title}`, async () => {
      const error = await rejection(() => activate(files), code);
      expect(error.message).to.match(says);
      if (fix) expect(error.fix).to.match(fix);
      expect(error.message).to.include("codex-plugin-a");
    });
  }

  it("loads a folder whose package.json has no name", async () => {
    await writePlugin(join(project, "mine"), "codex-plugin-mine", { manifest: { name: undefined } });
    const { entries } = await discoverPlugins({ projectFolder: project, extra: ["./mine"] });
    expect(await activatePlugin(entries[0]!, 10_000)).to.have.length(1);
  });

  it("refuses code that never finishes loading", async () => {
    const error = await rejection(
      () => activate(withEntry("await new Promise(() => {});"), 50),
      "CODEX_PLUGIN_IMPORT_FAILED",
    );
    expect(error.message).to.include("did not load in 50 ms");
    expect(error.where).to.equal(join(project, "node_modules/codex-plugin-a/index.js"));
  });
});
