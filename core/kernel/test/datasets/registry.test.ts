import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { createTemporaryFolder, rejection, removeTemporaryFolders } from "codex-core/testing";
import { readRegistry } from "#src/datasets/read-registry.js";
import { registerDataset } from "#src/datasets/register-dataset.js";
import { fakeContent, registryText } from "./fake-datasets.js";

const other = "c".repeat(64);

describe("the registry of datasets", () => {
  let project: string;
  beforeEach(async () => {
    project = await createTemporaryFolder();
  });
  afterEach(removeTemporaryFolders);

  const write = (text: string | Uint8Array) => writeFile(join(project, "datasets.json"), text);

  it("is empty where there is no file", async () => {
    expect(await readRegistry(project)).to.deep.equal([]);
  });

  it("gives out versions from 1 on, and the same one for the same texts", async () => {
    const first = await registerDataset(project, { name: "whale" }, fakeContent());
    const again = await registerDataset(project, { name: "whale" }, fakeContent({ documents: 9 }));
    const changed = await registerDataset(project, { name: "whale" }, fakeContent({ fingerprint: other }));
    expect([first, again, changed].map(({ dataset, added }) => [dataset.version, added])).to.deep.equal([
      [1, true],
      [1, false],
      [2, true],
    ]);
    expect((await readRegistry(project)).map(({ version, documents }) => [version, documents])).to.deep.equal([
      [1, 3],
      [2, 3],
    ]);
    expect((await readdir(project)).sort()).to.deep.equal([".codex", "datasets.json"]);
  });

  it("never gives a version another meaning, and names the next that is free", async () => {
    await registerDataset(project, { name: "whale", version: 4 }, fakeContent());
    const again = await registerDataset(project, { name: "whale", version: 4 }, fakeContent());
    expect(again.added).to.equal(false);
    const before = await readFile(join(project, "datasets.json"), "utf8");
    const error = await rejection(
      () => registerDataset(project, { name: "whale", version: 4 }, fakeContent({ fingerprint: other })),
      "CODEX_DATASET_EXISTS",
    );
    expect(error.fix).to.include("whale@5");
    expect(error.exitCode).to.equal(2);
    expect(await readFile(join(project, "datasets.json"), "utf8")).to.equal(before);
  });

  it("loses nothing when several register at the same time", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `set-${index}`);
    await Promise.all(names.map((name) => registerDataset(project, { name }, fakeContent())));
    expect((await readRegistry(project)).map(({ name }) => name).sort()).to.deep.equal(names);
  });

  it("loses nothing when two processes register at the same time", async function () {
    this.timeout(60_000);
    const module = fileURLToPath(import.meta.resolve("#src/datasets/register-dataset.js"));
    const program = `
      const { registerDataset } = await import(${JSON.stringify(module)});
      const content = ${JSON.stringify(fakeContent())};
      for (let index = 0; index < 15; index++) {
        await registerDataset(${JSON.stringify(project)}, { name: process.argv[1] + index }, content);
      }`;
    const exits = ["left-", "right-"].map((name) =>
      once(spawn(process.execPath, ["--input-type=module", "-e", program, name], { stdio: "inherit" }), "exit"),
    );
    expect((await Promise.all(exits)).map(([code]) => code)).to.deep.equal([0, 0]);
    expect(await readRegistry(project)).to.have.length(30);
  });

  it("takes the lock of a process that is gone", async () => {
    await mkdir(join(project, ".codex"));
    const gone = { pid: 4_000_000, host: hostname(), processStart: "" };
    await writeFile(join(project, ".codex/.lock"), JSON.stringify(gone));
    expect((await registerDataset(project, { name: "whale" }, fakeContent())).added).to.equal(true);
  });

  it("says when it cannot be written", async () => {
    await writeFile(join(project, ".codex"), "a file stands here");
    const error = await rejection(
      () => registerDataset(project, { name: "whale" }, fakeContent()),
      "CODEX_DATASETS_NOT_WRITTEN",
    );
    expect(error.exitCode).to.equal(1);
  });

  const entry = JSON.parse(registryText({})).datasets[0];
  const withEntry = (more: object): string => JSON.stringify({ formatVersion: 1, datasets: [{ ...entry, ...more }] });
  const malformed: readonly (readonly [what: string, text: string | Uint8Array, problem: RegExp, where: RegExp])[] = [
    ["is no JSON", '{\n  "datasets": [},\n', /JSON/, /^datasets\.json:2:\d+/],
    ["is no UTF-8", Uint8Array.of(0xff, 0xfe), /not UTF-8/, /^datasets\.json$/],
    ["is no object", "[]", /its root/, /^datasets\.json$/],
    ["is of another format", '{"formatVersion":2,"datasets":[]}', /formatVersion/, /→ formatVersion$/],
    ["has a key that nobody knows", '{"formatVersion":1,"datasets":[],"code":"x"}', /code/, /^datasets\.json$/],
    [
      "reaches for a prototype",
      '{"formatVersion":1,"datasets":[{"data":{"__proto__":{"type":"x"}}}]}',
      /__proto__/,
      /^/,
    ],
    ["reaches for a constructor", withEntry({ data: { type: "text", constructor: 1 } }), /"constructor"/, /^/],
    ["is nested without end", `${"[".repeat(200_000)}${"]".repeat(200_000)}`, /cannot be used/, /^datasets\.json/],
    ["has a fingerprint that is none", withEntry({ fingerprint: "x" }), /SHA-256/, /→ datasets\.0\.fingerprint$/],
    ["has a name that is none", withEntry({ name: "../x" }), /no name/, /→ datasets\.0\.name$/],
    ["has a section without a type", withEntry({ data: {} }), /datasets\.0\.data\.type/, /data\.type$/],
    ["has a section that names a dataset", withEntry({ data: { type: "text", dataset: "a@1" } }), /itself/, /dataset$/],
    ["has a version twice", registryText({}, {}), /whale@1 is there twice/, /→ whale@1$/],
  ];
  for (const [what, text, problem, where] of malformed) {
    it(`is refused where it ${what}`, async () => {
      await write(text);
      const error = await rejection(() => readRegistry(project), "CODEX_DATASETS_INVALID");
      expect(error.what).to.match(problem);
      expect(error.where).to.match(where);
      expect(error.fix).to.include("version control").and.not.include("data add");
      expect(({} as { type?: unknown }).type).to.equal(undefined);
    });
  }

  it("is not written over where it is malformed", async () => {
    await write("{");
    await rejection(() => registerDataset(project, { name: "whale" }, fakeContent()), "CODEX_DATASETS_INVALID");
    expect(await readFile(join(project, "datasets.json"), "utf8")).to.equal("{");
  });
});
