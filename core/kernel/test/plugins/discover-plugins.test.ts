import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { definePlugin, TrackerPoint } from "codex-core";
import { createTemporaryFolder, rejection, removeTemporaryFolders } from "codex-core/testing";
import { z } from "zod";
import { discoverPlugins } from "#src/plugins/discover-plugins.js";
import { installPlugin, writePlugin } from "./write-plugin.js";

describe("discoverPlugins", () => {
  let project: string;

  beforeEach(async () => {
    project = await createTemporaryFolder();
  });

  afterEach(removeTemporaryFolders);

  async function only() {
    const { entries } = await discoverPlugins({ projectFolder: project });
    expect(entries).to.have.length(1);
    return entries[0]!;
  }

  it("reads manifests and schemas without running code", async () => {
    await installPlugin(project, "codex-plugin-a", { files: { "index.js": "throw new Error('this was run');" } });
    await installPlugin(project, "@scope/codex-plugin-b", { codex: { provides: {} } });
    await installPlugin(project, "left-pad");
    const { entries, searched } = await discoverPlugins({ projectFolder: project });
    expect(entries.map((entry) => entry.packageName)).to.deep.equal(["@scope/codex-plugin-b", "codex-plugin-a"]);
    expect(entries[1]).to.deep.include({ version: "1.2.3", api: "^1.0" });
    expect(entries[1]!.provides.tracker!.note!.schema).to.have.property("additionalProperties", false);
    expect(entries.every((entry) => entry.problem === undefined)).to.equal(true);
    expect(searched[0]).to.equal(join(project, "node_modules"));
  });

  it("reads a package.json that `exports` hides", async () => {
    await installPlugin(project, "codex-plugin-a", { manifest: { exports: { ".": "./index.js" } } });
    expect((await only()).problem).to.equal(undefined);
  });

  it("searches every node_modules upwards, the nearest of a name first", async () => {
    await installPlugin(project, "codex-plugin-a");
    await installPlugin(project, "codex-plugin-b");
    const inner = join(project, "packages/app");
    await installPlugin(inner, "codex-plugin-a", { manifest: { version: "9.0.0" } });
    const { entries } = await discoverPlugins({ projectFolder: inner });
    expect(entries.map((entry) => `${entry.packageName}@${entry.version}`)).to.deep.equal([
      "codex-plugin-a@9.0.0",
      "codex-plugin-b@1.2.3",
    ]);
  });

  it("follows links", async () => {
    const elsewhere = await writePlugin(join(await createTemporaryFolder(), "work"), "codex-plugin-linked");
    await mkdir(join(project, "node_modules"));
    await symlink(elsewhere, join(project, "node_modules/codex-plugin-linked"));
    expect((await only()).folder).to.equal(elsewhere);
  });

  it("resolves what an umbrella includes from the umbrella's real folder, as under pnpm", async () => {
    const store = join(project, "node_modules/.pnpm/codex-plugins@1/node_modules");
    await writePlugin(join(store, "codex-plugins"), "codex-plugins", {
      codex: { provides: {}, includes: ["codex-plugin-a"] },
    });
    await writePlugin(join(store, "codex-plugin-a"), "codex-plugin-a");
    await symlink(join(store, "codex-plugins"), join(project, "node_modules/codex-plugins"));
    const { entries } = await discoverPlugins({ projectFolder: project });
    expect(entries.map((entry) => entry.packageName)).to.deep.equal(["codex-plugins", "codex-plugin-a"]);
    expect(entries[1]!.folder).to.equal(join(store, "codex-plugin-a"));
  });

  it("finds the presets that a package ships", async () => {
    const files = { codex: { provides: {}, presets: "./configs" }, files: { "configs/start.yaml": "" } };
    const folder = await installPlugin(project, "codex-plugins", files);
    const { presets, problem } = await only();
    expect([presets, problem]).to.deep.equal([join(folder, "configs"), undefined]);
  });

  it("reports an umbrella that includes what is not there, and survives umbrellas that include each other", async () => {
    await installPlugin(project, "codex-plugins-one", {
      codex: { provides: {}, includes: ["codex-plugins-two", "codex-plugin-gone"] },
    });
    await installPlugin(project, "codex-plugins-two", { codex: { provides: {}, includes: ["codex-plugins-one"] } });
    const { entries } = await discoverPlugins({ projectFolder: project });
    expect(entries).to.have.length(2);
    expect(entries[0]!.problem?.code).to.equal("CODEX_PLUGIN_INCLUDE_MISSING");
    expect(entries[0]!.problem?.fix).to.equal("npm install codex-plugin-gone");
  });

  it("takes folders, packages and definitions beside what is installed, and prefers them", async () => {
    await installPlugin(project, "codex-plugin-a");
    await installPlugin(project, "unusual-name");
    await writePlugin(join(project, "my plugin"), "codex-plugin-a", { manifest: { version: "0.0.1" } });
    const memory = definePlugin({
      name: "in-memory",
      register: (registrar) =>
        registrar.provide(TrackerPoint, "memory", {
          options: z.strictObject({ url: z.string() }),
          create: () => Promise.reject(new Error("not called")),
        }),
    });
    const extra = ["./my plugin", "unusual-name", memory];
    const { entries } = await discoverPlugins({ projectFolder: project, extra });
    expect(entries.map((entry) => `${entry.packageName}@${entry.version}`)).to.deep.equal([
      "codex-plugin-a@0.0.1",
      "unusual-name@1.2.3",
      "in-memory@",
    ]);
    expect(entries[2]!.provides.tracker!.memory!.schema).to.have.nested.property("properties.url.type", "string");
  });

  it("reports an extra folder that is not there and a definition whose register throws", async () => {
    const broken = definePlugin({
      name: "broken",
      register: () => {
        throw new Error("boom");
      },
    });
    const { entries } = await discoverPlugins({ projectFolder: project, extra: ["./missing", broken] });
    expect(entries.map((entry) => entry.problem?.code)).to.deep.equal([
      "CODEX_PLUGIN_NOT_FOUND",
      "CODEX_PLUGIN_REGISTER_FAILED",
    ]);
  });

  it("refuses Yarn Plug'n'Play with the setting that helps", async () => {
    await writeFile(join(project, ".pnp.cjs"), "");
    const error = await rejection(() => discoverPlugins({ projectFolder: project }), "CODEX_PLUGIN_YARN_PNP");
    expect(error.fix).to.include("nodeLinker: node-modules");
    await installPlugin(project, "codex-plugin-a");
    expect((await only()).packageName).to.equal("codex-plugin-a");
  });

  it("finds nothing in an empty folder", async () => {
    expect((await discoverPlugins({ projectFolder: project })).entries).to.deep.equal([]);
  });

  describe("turns what is wrong with a package into its problem", () => {
    const cases: {
      title: string;
      files: Parameters<typeof installPlugin>[2];
      code: string;
      says: RegExp;
      fix?: RegExp;
    }[] = [
      {
        title: "presets outside the package",
        files: { codex: { presets: "../elsewhere" } },
        code: "MANIFEST",
        says: /`presets` names no folder inside the package/,
      },
      {
        title: "presets that were not packed",
        files: { codex: { presets: "./configs" } },
        code: "MANIFEST",
        says: /`presets` names no folder inside the package/,
      },
      { title: "broken JSON", files: { files: { "package.json": "{" } }, code: "MANIFEST", says: /cannot be used/ },
      { title: "a JSON list", files: { files: { "package.json": "[]" } }, code: "MANIFEST", says: /JSON object/ },
      {
        title: "an enormous package.json",
        files: { manifest: { filler: "x".repeat(2 << 20) } },
        code: "MANIFEST",
        says: /bytes, more than/,
      },
      {
        title: "no codex field",
        files: { manifest: { codex: undefined } },
        code: "MANIFEST",
        fix: /^Add "codex": \{ "api": "\^1\.0", "provides": .* to .*package\.json\.$/,
        says: /no `codex`/,
      },
      {
        title: "no API range",
        files: { codex: { api: undefined } },
        code: "MANIFEST",
        fix: /^Add "api": "\^1\.0" to "codex" in .*codex-plugin-a.package\.json\.$/,
        says: /no API range/,
      },
      {
        title: "an API range that is none",
        files: { codex: { api: "new" } },
        code: "MANIFEST",
        fix: /^Write "api": "\^1\.0" in "codex"/,
        says: /no semver range/,
      },
      {
        title: "an API of the future",
        files: { codex: { api: "^2.0" } },
        code: "API_RANGE",
        fix: /If it is yours and works: "api": "\^1\.0"\.$/,
        says: /this kernel has API 1/,
      },
      {
        title: "provides that is a list",
        files: { codex: { provides: [] } },
        code: "MANIFEST",
        fix: /^Write "provides": \{ "POINT"/,
        says: /not an object/,
      },
      {
        title: "types that are no object",
        files: { codex: { provides: { tracker: "note" } } },
        code: "MANIFEST",
        fix: /^Write "tracker": \{ "TYPE": \{ "schema"/,
        says: /does not hold an object of types/,
      },
      {
        title: "a schema that is missing",
        files: { codex: { provides: { tracker: { note: { schema: "./gone.json" } } } } },
        code: "MANIFEST",
        says: /gone\.json cannot be used/,
      },
      {
        title: "a schema outside the package",
        files: { codex: { provides: { tracker: { note: { schema: "../../../secret.json" } } } } },
        code: "MANIFEST",
        fix: /^Move it below .*codex-plugin-a/,
        says: /outside the package/,
      },
      {
        title: "a schema that is not JSON",
        files: { files: { "options.schema.json": "schema" } },
        code: "MANIFEST",
        says: /cannot be used/,
      },
      {
        title: "no schema",
        files: { codex: { provides: { tracker: { note: {} } } } },
        code: "MANIFEST",
        says: /no option schema for tracker "note" of codex-plugin-a/,
        fix: /^Write \{ "schema": "\.\/FILE\.json" \} there in .*codex-plugin-a.package\.json/,
      },
      {
        title: "a point that is near one",
        files: { codex: { provides: { trackers: { note: { schema: "./options.schema.json" } } } } },
        code: "MANIFEST",
        says: /There is no contribution point "trackers"\. Did you mean "tracker"\?/,
        fix: /^Write "tracker" instead of "trackers" in .*codex-plugin-a.package\.json\.$/,
      },
      {
        title: "a point that is near none",
        files: { codex: { provides: { weatherForecast: {} } } },
        code: "MANIFEST",
        says: /no contribution point "weatherForecast"\.$/,
        fix: /^Write one of corpus, batchSource, .*sink instead/,
      },
      {
        title: "includes that is no list",
        files: { codex: { includes: "a" } },
        code: "MANIFEST",
        fix: /^Write "includes": \["PACKAGE"\]/,
        says: /`includes`/,
      },
      {
        title: "a missing peer",
        files: { manifest: { peerDependencies: { "codex-core": "^9", "some-peer": "^1" } } },
        code: "PEER_MISSING",
        says: /some-peer \^1 beside it; it is not installed/,
      },
    ];
    for (const { title, files, code, says, fix } of cases) {
      it(title, async () => {
        await installPlugin(project, "codex-plugin-a", files);
        const { packageName, problem } = await only();
        expect(packageName).to.equal("codex-plugin-a");
        expect(problem?.code).to.equal(`CODEX_PLUGIN_${code}`);
        expect(problem?.message).to.match(says);
        if (fix) expect(problem?.fix).to.match(fix);
      });
    }

    it("a name that reaches the prototype", async () => {
      const manifest = '{"name":"codex-plugin-a","codex":{"api":"^1","provides":{"__proto__":{"x":{}}}}}';
      await installPlugin(project, "codex-plugin-a", { files: { "package.json": manifest } });
      expect((await only()).problem?.code).to.equal("CODEX_PLUGIN_MANIFEST");
      expect({}).to.not.have.property("x");
    });

    it("a peer of the wrong version", async () => {
      await installPlugin(project, "some-peer", { manifest: { version: "3.0.0" } });
      const manifest = {
        peerDependencies: { "some-peer": "^1", other: "*" },
        peerDependenciesMeta: { other: { optional: true } },
      };
      await installPlugin(project, "codex-plugin-a", { manifest });
      const { problem } = await only();
      expect(problem?.message).to.include("version 3.0.0 is installed");
      expect(problem?.fix).to.equal('npm install "some-peer@^1"');
      await rm(join(project, "node_modules/some-peer"), { recursive: true });
      await installPlugin(project, "some-peer", { manifest: { version: "1.4.0" } });
      expect((await only()).problem).to.equal(undefined);
    });
  });
});
