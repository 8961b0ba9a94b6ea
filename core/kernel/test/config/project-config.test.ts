import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { isCodexError } from "codex-core";
import { toJson } from "#src/config/config-tree.js";
import { readProjectConfig } from "#src/config/project-config.js";
import { createTemporaryFolder, removeTemporaryFolders } from "#src/testing/temporary-folder.js";

async function folderWith(files: { readonly [path: string]: string }): Promise<string> {
  const folder = await createTemporaryFolder();
  for (const [path, content] of Object.entries({ "package.json": "{}", ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

async function failure(files: { readonly [path: string]: string }): Promise<{ code: string; text: string }> {
  const error: unknown = await readProjectConfig(await folderWith(files)).then(
    () => expect.fail("the config was accepted"),
    (thrown: unknown) => thrown,
  );
  if (!isCodexError(error)) throw error;
  return { code: error.code, text: error.toString() };
}

describe("readProjectConfig", () => {
  afterEach(removeTemporaryFolders);

  it("reads TypeScript, JavaScript, JSON and YAML", async () => {
    const contents = {
      "codex.config.ts":
        "const seed: number = 4;\nexport default { run: { seed, name: undefined } } satisfies object;\n",
      "codex.config.mjs": "export default Promise.resolve({ run: { seed: 4 } });\n",
      "codex.config.js": "module.exports = { run: { seed: 4 } };\n",
      "codex.config.json": '{ "run": { "seed": 4 } }\n',
      "codex.config.yaml": "run: { seed: 4 }\n",
    };
    for (const [name, content] of Object.entries(contents)) {
      const { tree, file } = await readProjectConfig(await folderWith({ [name]: content }));
      expect(tree && toJson(tree), name).to.deep.equal({ run: { seed: 4 } });
      expect(file).to.match(new RegExp(`${name}$`));
    }
  });

  it("lets a config import codex-core from wherever the kernel is", async () => {
    const folder = await folderWith({
      "codex.config.ts":
        'import { defineConfig } from "codex-core";\nexport default defineConfig({ run: { seed: 4 } });\n',
      "node_modules/.keep": "",
    });
    for (const seed of [4, 5]) {
      const { tree } = await readProjectConfig(folder);
      expect(tree && toJson(tree)).to.deep.equal({ run: { seed } });
      await writeFile(join(folder, "codex.config.ts"), "export default { run: { seed: 5 } };");
    }
  });

  it("gives no config when there is none, and an empty one for an empty file", async () => {
    expect(await readProjectConfig(await folderWith({}))).to.deep.equal({ plugins: [] });
    const { tree } = await readProjectConfig(await folderWith({ "codex.config.yaml": "" }));
    expect(tree && toJson(tree)).to.deep.equal({});
  });

  it("looks upwards to the project's root and no farther", async () => {
    const folder = await folderWith({
      "codex.config.yaml": "run: { seed: 1 }",
      "project/.git/HEAD": "",
      "project/packages/one/package.json": "{}",
    });
    expect((await readProjectConfig(join(folder, "project/packages/one"))).file).to.equal(undefined);
    await writeFile(join(folder, "project/codex.config.yaml"), "run: { seed: 2 }");
    const { tree } = await readProjectConfig(join(folder, "project/packages/one"));
    expect(tree && toJson(tree)).to.deep.equal({ run: { seed: 2 } });
  });

  it("does not take a package.json's `codex` field for a config", async () => {
    const { file } = await readProjectConfig(await folderWith({ "package.json": '{ "codex": { "api": "^1.0" } }' }));
    expect(file).to.equal(undefined);
  });

  it("names plugins for discovery, from code only", async () => {
    const { plugins, tree } = await readProjectConfig(
      await folderWith({ "codex.config.mjs": 'export default { plugins: ["./mine"], run: {} };' }),
    );
    expect(plugins).to.deep.equal(["./mine"]);
    expect(tree && toJson(tree)).to.deep.equal({ run: {} });
    expect((await failure({ "codex.config.yaml": "plugins: [./mine]" })).code).to.equal(
      "CODEX_CONFIG_PLUGINS_NOT_CODE",
    );
    const wrong = await failure({ "codex.config.mjs": "export default { plugins: [42] };" });
    expect(wrong.code).to.equal("CODEX_CONFIG_WRONG_VALUE");
  });

  it("says where a config's code throws or does not compile", async () => {
    const thrown = await failure({ "codex.config.ts": "const a: number = 1;\nthrow new Error(`no ${a}`);\n" });
    expect(thrown.code).to.equal("CODEX_CONFIG_CODE_FAILED");
    expect(thrown.text)
      .to.include("codex.config.ts failed: no 1")
      .and.match(/codex\.config\.ts:2/);
    expect((await failure({ "codex.config.ts": "export default {" })).code).to.equal("CODEX_CONFIG_CODE_FAILED");
    expect((await failure({ "codex.config.mjs": "import './none.js'" })).code).to.equal("CODEX_CONFIG_CODE_FAILED");
  });

  it("refuses what JSON cannot carry, and keys that reach into objects", async () => {
    const values = [
      "{ run: { seed: () => 1 } }",
      "{ run: { at: new Date() } }",
      "{ run: { seed: NaN } }",
      "() => ({})",
    ];
    for (const value of values) {
      const { code } = await failure({ "codex.config.mjs": `export default ${value};` });
      expect(code, value).to.equal("CODEX_CONFIG_NOT_PLAIN");
    }
    const circle = await failure({ "codex.config.mjs": "const a = {}; a.run = a; export default a;" });
    expect(circle.text).to.include("reference to itself");
    const proto = await failure({ "codex.config.mjs": 'export default JSON.parse(\'{"__proto__":{"x":1}}\');' });
    expect(proto.code).to.equal("CODEX_CONFIG_FORBIDDEN_KEY");
  });

  it("says so when cosmiconfig's own settings are broken", async () => {
    const folder = await folderWith({ "codex.config.yaml": "run: {}", ".config/config.json": "{ broken" });
    const before = process.cwd();
    process.chdir(folder);
    try {
      const error: unknown = await readProjectConfig(folder).catch((thrown: unknown) => thrown);
      expect(isCodexError(error) && error.code).to.equal("CODEX_CONFIG_UNREADABLE");
    } finally {
      process.chdir(before);
    }
  });

  it("refuses two configs in one folder, a root that is no map, and broken files", async () => {
    const two = await failure({ "codex.config.yaml": "", "codex.config.json": "{}" });
    expect(two.code).to.equal("CODEX_CONFIG_AMBIGUOUS_FILE");
    expect((await failure({ "codex.config.json": "[1]" })).code).to.equal("CODEX_CONFIG_WRONG_VALUE");
    expect((await failure({ "codex.config.json": '{ "run": ' })).code).to.equal("CODEX_CONFIG_SYNTAX");
    expect((await failure({ "codex.config.yaml/inside": "" })).code).to.equal("CODEX_CONFIG_UNREADABLE");
  });
});
