import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { runCommandLine } from "#src/cli/run-command-line.js";
import { createTemporaryFolder, removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { createFakeTerminal, type FakeTerminal } from "./fake-terminal.js";

const optimizer = {
  type: "object",
  properties: { learningRate: { type: "number", default: 0.001, description: "Peak learning rate." } },
  additionalProperties: false,
};
const tracker = {
  type: "object",
  properties: { token: { type: "string", writeOnly: true }, url: { type: "string", default: "http://a" } },
  additionalProperties: false,
};
const anything = { type: "object" };
const provides = {
  corpus: { text: anything },
  batchSource: { text: anything },
  tokenizer: { char: anything },
  model: { gpt: anything },
  objective: { "next-token": anything },
  optimizer: { adamw: optimizer },
  schedule: { cosine: anything },
  trainer: { lm: anything },
  evaluator: { lm: anything },
  generator: { lm: anything },
  compute: { onnx: anything },
  checkpoint: { local: anything },
  tracker: { files: anything, remote: tracker },
};

/** A project with one installed plugin, known by its manifest, that provides all that a run needs. */
async function createProject(): Promise<string> {
  const folder = await createTemporaryFolder();
  const plugin = join(folder, "node_modules/codex-plugin-all");
  await mkdir(plugin, { recursive: true });
  await mkdir(join(folder, "configs"));
  const manifest: Record<string, Record<string, { schema: string }>> = {};
  for (const [point, types] of Object.entries(provides)) {
    manifest[point] = {};
    for (const [type, schema] of Object.entries(types)) {
      manifest[point][type] = { schema: `./${point}-${type}.json` };
      await writeFile(join(plugin, `${point}-${type}.json`), JSON.stringify(schema));
    }
  }
  const packageJson = { name: "codex-plugin-all", version: "1.0.0", codex: { api: "^1.0", provides: manifest } };
  await writeFile(join(plugin, "package.json"), JSON.stringify(packageJson));
  await writeFile(join(folder, "package.json"), "{}");
  const preset =
    "data: { type: text }\ntokenizer: { type: char }\nmodel: { type: gpt }\noptimizer: { learningRate: 0.3 }\n";
  await writeFile(join(folder, "configs/base.yaml"), preset);
  return folder;
}

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("codex config", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await createProject();
  });
  afterEach(removeTemporaryFolders);

  async function run(...words: readonly string[]): Promise<Outcome> {
    const terminal: FakeTerminal = createFakeTerminal(folder, { TOKEN: "hush" });
    const exitCode = await runCommandLine(["config", ...words], terminal);
    return { exitCode, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
  }

  it("prints the resolved config without secrets, as YAML or JSON", async () => {
    const words = ["print", "--config", "base", "+tracker.remote={token: '${env:TOKEN}'}"];
    const text = await run(...words);
    expect(text.exitCode, text.stderr).to.equal(0);
    expect(text.stdout).to.include("learningRate: 0.3").and.include("# left out, because secret: tracker.remote.token");
    expect(text.stdout).to.not.include("hush");
    const json = await run(...words, "--json");
    expect(JSON.parse(json.stdout)).to.have.nested.property("tracker.remote.url", "http://a");
    expect(json.stdout).to.not.include("hush");
  });

  it("prints where each value comes from", async () => {
    const { stdout } = await run("print", "--config", "base", "--origins", "run.seed=5");
    expect(stdout).to.include("learningRate: 0.3 # preset base (configs/base.yaml:4:14)");
    expect(stdout).to.include("seed: 5 # override run.seed").and.include("type: adamw # default of codex-core");
  });

  it("lists presets and groups, the project's own before what packages ship, with where they are from", async () => {
    const plugin = join(folder, "node_modules/codex-plugin-all");
    const manifest = JSON.parse(await readFile(join(plugin, "package.json"), "utf8"));
    const withPresets = { ...manifest, codex: { ...manifest.codex, presets: "./presets" } };
    await writeFile(join(plugin, "package.json"), JSON.stringify(withPresets));
    await mkdir(join(plugin, "presets/model"), { recursive: true });
    await writeFile(join(plugin, "presets/base.yaml"), "# the package's\n");
    const first = "# yaml-language-server: $schema=../.codex/schema.json\n# start: a first one.\n# More.\n";
    await writeFile(join(plugin, "presets/start.yaml"), first);
    await writeFile(join(plugin, "presets/model/nano.yaml"), "# model nano: a small one.\n");
    const { stdout } = await run("list");
    expect(stdout).to.equal(`preset  from               about
base    configs/base.yaml
start   codex-plugin-all   a first one.

group       from              about
model/nano  codex-plugin-all  a small one.
`);
    const { presets } = JSON.parse((await run("list", "--json")).stdout);
    const file = "node_modules/codex-plugin-all/presets/start.yaml";
    expect(presets[2]).to.include({ name: "start", from: "codex-plugin-all", about: "a first one." });
    expect(presets[2].file).to.satisfy((shown: string) => shown.endsWith(file));
    expect(presets[0]).to.include({ name: "base", from: "project", file: "configs/base.yaml" });
  });

  it("explains a key", async () => {
    const { stdout } = await run("explain", "optimizer.learningRate", "--config", "base", "optimizer.learningRate=0.4");
    expect(stdout).to.equal(`optimizer.learningRate = 0.4
  set by    override optimizer.learningRate
  instead of 0.3, preset base (configs/base.yaml:4:14)
  instead of 0.001, default of codex-plugin-all
  takes     number
  Peak learning rate.
`);
    const section = await run("explain", "tracker", "--config", "base", "+tracker.remote={}");
    expect(section.stdout).to.include(`tracker.remote.token is not set.
  takes     text

tracker.remote.url = "http://a"
`);
    const wrong = await run("explain", "optimizer.learnRate", "--config", "base");
    expect(wrong.exitCode).to.equal(2);
    expect(wrong.stderr).to.include("Did you mean optimizer.learningRate?");
  });

  it("validates, and lists all mistakes with exit code 2", async () => {
    const good = await run("validate", "--config", "base");
    expect(good.stdout).to.include("The config is valid: data text, tokenizer char");
    const bad = await run("validate", "--config", "base", "+optimizer.betas=1", "run.seed=x");
    expect(bad.exitCode).to.equal(2);
    expect(bad.stderr).to.include("2 mistakes").and.include("optimizer.betas").and.include("run.seed");
  });

  it("says what is left out, and how that is mended", async () => {
    const { stdout } = await run("validate", "--config", "base", "+tracker.mine={type: none, optional: true}");
    expect(stdout).to.match(/^Left out: tracker mine: CODEX_PLUGIN_UNKNOWN_TYPE: .*\n {2}Fix: \S/m);
  });

  it("writes the schema for editors", async () => {
    const { stdout } = await run("schema");
    const file = join(folder, ".codex/schema.json");
    expect(stdout).to.include(file);
    const schema = JSON.parse(await readFile(file, "utf8"));
    expect(schema).to.have.nested.property("properties.optimizer");
  });
  it("says where the schema for editors cannot be written", async () => {
    await writeFile(join(folder, ".codex"), "no folder");
    const { exitCode, stderr } = await run("schema");
    expect(exitCode).to.equal(1);
    expect(stderr)
      .to.match(/^CODEX_CONFIG_SCHEMA_NOT_WRITTEN: The schema cannot be written: /)
      .and.include(`Where: ${join(folder, ".codex/schema.json")}`)
      .and.include("permissions of `.codex`");
  });
});
