import { cp, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect } from "chai";
import type { Checkpoint, JsonObject } from "codex-core";
import { createTemporaryFolder, createTestCheckpoint, removeTemporaryFolders, silentLogger } from "codex-core/testing";
import { LocalCheckpointStore, localCheckpointOptions } from "codex-plugin-checkpoint-local";
import { digestText } from "#src/digest.js";
import { describeFiles, type Manifest } from "#src/manifest.js";

describe("LocalCheckpointStore", () => {
  afterEach(removeTemporaryFolders);

  async function store(options: object = {}) {
    const run = await createTemporaryFolder();
    const folder = join(run, "checkpoints");
    const kept = new LocalCheckpointStore(
      localCheckpointOptions.parse({ keepLast: 100, ...options }),
      run,
      silentLogger,
    );
    return { kept, folder, names: async () => (await readdir(folder)).sort() };
  }

  const save = (step: number, loss?: number): Checkpoint =>
    createTestCheckpoint(step, { metrics: loss === undefined ? {} : { "eval/loss": loss } });

  it("writes the files of a checkpoint that stands alone", async () => {
    const { kept, folder, names } = await store();
    const saved = await kept.save(save(250, 1.5));
    expect(await names()).to.deep.equal(["step-00000250"]);
    expect(saved.path).to.equal(join(folder, "step-00000250"));
    expect((await readdir(saved.path)).sort()).to.deep.equal([
      "config.yaml",
      "manifest.json",
      "model.json",
      "model.safetensors",
      "optimizer.safetensors",
      "state.json",
      "tokenizer",
    ]);
    const manifest = JSON.parse(await readFile(join(saved.path, "manifest.json"), "utf8")) as Manifest;
    expect(manifest).to.include({ formatVersion: 1, step: 250 });
    expect(manifest.files["config.yaml"]).to.deep.equal({
      sizeBytes: 20,
      sha256: digestText("run: { name: test }\n"),
    });
    expect(Object.keys(manifest.files)).to.include("tokenizer/vocabulary.json").and.not.to.include("manifest.json");
  });

  it("tells the trainer how often to save", async () => {
    expect((await store({ every: 7 })).kept.every).to.equal(7);
    expect((await store()).kept.every).to.equal(undefined);
  });

  it("prunes after a save, and never the one that was just saved", async () => {
    const { kept, names } = await store({ keepLast: 1, keepBest: 1 });
    for (const [step, loss] of [
      [1, 3],
      [2, 1],
      [3, 2],
    ] as const)
      await kept.save(save(step, loss));
    expect(await names()).to.deep.equal(["step-00000002", "step-00000003"]);
    await kept.save(save(4, 0.5));
    expect(await names()).to.deep.equal(["step-00000004"]);
  });

  it("leaves what is not its own alone", async () => {
    const { kept, folder, names } = await store({ keepLast: 1, keepBest: 0 });
    await mkdir(join(folder, "step-best"), { recursive: true });
    await mkdir(join(folder, "step-00000001"));
    await kept.save(save(2));
    await kept.save(save(3));
    expect(await names()).to.deep.equal(["step-00000001", "step-00000003", "step-best"]);
  });

  it("tidies what a killed process left, and gives a checkpoint that stood aside its name back", async () => {
    const { kept, folder, names } = await store();
    const { path } = await kept.save(save(1));
    await rename(path, join(folder, "step-000000001"));
    await mkdir(join(folder, ".unfinished-0123abcd-step-00000002"));
    await mkdir(join(folder, ".removed-step-00000000"));
    expect((await kept.list(folder)).map(({ step }) => step)).to.deep.equal([1]);
    await kept.save(save(3));
    expect(await names()).to.deep.equal(["step-00000001", "step-00000003"]);
    expect((await kept.load(path)).step).to.equal(1);
  });

  it("removes a checkpoint that stood aside once its successor is there", async () => {
    const { kept, folder, names } = await store();
    const { path } = await kept.save(save(1, 4));
    await rename(path, join(folder, "step-000000001"));
    await kept.save(save(1, 5));
    await cp(path, join(folder, "step-000000001"), { recursive: true });
    await kept.save(save(2));
    expect(await names()).to.deep.equal(["step-00000001", "step-00000002"]);
    expect((await kept.load(path)).metrics).to.deep.equal({ "eval/loss": 5 });
  });

  it("keeps the old checkpoint of a step when its replacement cannot be written", async () => {
    const { kept, names } = await store();
    const { path } = await kept.save(save(1, 4));
    const failing = { name: "broken", kind: "file", write: () => Promise.reject(new Error("no space left")) } as const;
    const error = await kept.save({ ...save(1, 5), attachments: [failing] }).catch((reason) => reason);
    expect(error).to.include({ code: "CODEX_CHECKPOINT_WRITE", exitCode: 1 });
    expect(error.what).to.contain("step 1").and.contain("no space left");
    expect(await names()).to.deep.equal(["step-00000001"]);
    expect((await kept.load(path)).metrics).to.deep.equal({ "eval/loss": 4 });
  });

  for (const [what, levels] of [
    ["the unfinished checkpoint", 0],
    ["the folder of checkpoints", 1],
    ["the run's folder", 2],
  ] as const) {
    it(`fails with a code when ${what} vanishes during a save, and the next save works`, async () => {
      const { kept, folder, names } = await store();
      await kept.save(save(1));
      const vanishing = {
        name: "vanishing",
        kind: "file",
        write: (path: string) => rm(join(path, "..", ...Array(levels).fill("..")), { recursive: true }),
      } as const;
      const error = await kept.save({ ...save(2), attachments: [vanishing] }).catch((reason) => reason);
      expect(error).to.include({ code: "CODEX_CHECKPOINT_WRITE", exitCode: 1 });
      expect(error.what).to.contain("step 2").and.contain("ENOENT");
      if (levels === 0) expect((await kept.load(join(folder, "step-00000001"))).step).to.equal(1);
      await kept.save(save(3));
      expect((await names()).at(-1)).to.equal("step-00000003");
    });
  }

  it("removes what it can, and says what it cannot", async () => {
    const { kept, folder, names } = await store();
    const { path } = await kept.save(save(1));
    await kept.save(save(2));
    await kept.save(save(3));
    const tooLong = `step-${"1".padStart(250, "0")}`;
    await rename(path, join(folder, tooLong));
    const error = await kept.prune(folder, { keepLast: 1, keepBest: 0 }).catch((reason) => reason);
    expect(error).to.include({ code: "CODEX_CHECKPOINT_REMOVE", exitCode: 1, where: join(folder, tooLong) });
    expect(error.what).to.contain("1 of 2 checkpoints");
    expect(await names()).to.deep.equal([tooLong, "step-00000003"]);
  });

  it("tells of one whose stand-in is still there once, and keeps the others", async () => {
    const { kept, folder } = await store({ keepLast: 2, keepBest: 0 });
    await kept.save(save(1));
    const { path } = await kept.save(save(2));
    await cp(path, join(folder, "step-000000002"), { recursive: true });
    expect((await kept.list(folder)).map(({ step }) => step)).to.deep.equal([1, 2]);
    expect(await kept.prune(folder)).to.deep.equal([]);
  });

  for (const name of ["model.json", "manifest.json", "../escape", ".."]) {
    it(`attaches nothing as ${name}`, async () => {
      const { kept } = await store();
      const attachment = { name, kind: "file", write: async () => {} } as const;
      const error = await kept.save({ ...save(1), attachments: [attachment] }).catch((reason) => reason);
      expect(error).to.have.property("code", "CODEX_CHECKPOINT_WRITE");
    });
  }

  it("cannot save where there is no run", async () => {
    const kept = new LocalCheckpointStore(localCheckpointOptions.parse({}), undefined, silentLogger);
    expect(await kept.save(save(1)).catch((error) => error)).to.have.property("code", "CODEX_CHECKPOINT_NO_RUN");
  });

  /** A checkpoint whose manifest was rewritten to fit other contents, as someone hostile would. */
  async function forged(change: (path: string) => Promise<void>, manifestChange: JsonObject = {}) {
    const { kept } = await store();
    const { path } = await kept.save(save(1));
    await change(path);
    const names = ["config.yaml", "model.json", "model.safetensors", "optimizer.safetensors", "state.json"];
    const manifest = await describeFiles(path, names, 1);
    await writeFile(join(path, "manifest.json"), JSON.stringify({ ...manifest, ...manifestChange }));
    return kept.load(path).catch((error) => error);
  }

  for (const [what, name, content, phrase] of [
    ["tensors that are none", "model.safetensors", "nonsense nonsense", "header claims"],
    ["a state that is not JSON", "state.json", "{", "not strict JSON"],
    ["a state that is something else", "state.json", '{"step":-1}', "not a state"],
    ["a model description that is a list", "model.json", "[]", "not a JSON object"],
    ["a model description that is not JSON", "model.json", "{", "not strict JSON"],
  ] as const) {
    it(`refuses ${what}, whatever the manifest says`, async () => {
      const error = await forged((path) => writeFile(join(path, name), content));
      expect(error).to.have.property("code", "CODEX_CHECKPOINT_CORRUPT");
      expect(error.what).to.contain(phrase);
      expect(error.where).to.contain(name);
    });
  }

  it("refuses a manifest that names files elsewhere", async () => {
    const { kept, folder } = await store();
    const { path } = await kept.save(save(1));
    await writeFile(join(folder, "outside"), "x");
    const manifest = await describeFiles(path, ["state.json", "../outside"], 1);
    await writeFile(join(path, "manifest.json"), JSON.stringify(manifest));
    const error = await kept.load(path).catch((reason) => reason);
    expect(error).to.have.property("code", "CODEX_CHECKPOINT_CORRUPT");
    expect(error.what).to.contain("outside the checkpoint: ../outside");
  });

  it("refuses a manifest whose digest is another, and one of a later format", async () => {
    const changed = await forged(async () => {}, { step: 2 });
    expect(changed).to.have.property("code", "CODEX_CHECKPOINT_CORRUPT");
    expect(changed.what).to.contain("its own digest");
    const later = await forged(async () => {}, { formatVersion: 2, more: true });
    expect(later).to.have.property("code", "CODEX_CHECKPOINT_NEWER_FORMAT");
  });

  it("refuses a missing file, and a folder in its place", async () => {
    const { kept } = await store();
    const { path } = await kept.save(save(1));
    await rm(join(path, "config.yaml"));
    await symlink(path, join(path, "config.yaml"));
    const error = await kept.load(path).catch((reason) => reason);
    expect(error).to.have.property("code", "CODEX_CHECKPOINT_CORRUPT");
    expect(error.what).to.equal("config.yaml is missing.");
  });

  it("reads no manifest that is huge", async () => {
    const { kept } = await store();
    const { path } = await kept.save(save(1));
    await truncate(join(path, "manifest.json"), 65 * 1024 * 1024);
    const error = await kept.load(path).catch((reason) => reason);
    expect(error).to.have.property("code", "CODEX_CHECKPOINT_CORRUPT");
    expect(error.what).to.contain("68157440 bytes");
  });

  it("lists only whole checkpoints, and says which is not", async () => {
    const run = await createTemporaryFolder();
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (_: string, fields?: object) => warnings.push(fields) };
    const kept = new LocalCheckpointStore(localCheckpointOptions.parse({ keepLast: 9 }), run, logger);
    const first = await kept.save(save(1));
    const second = await kept.save(save(2));
    await rm(join(second.path, "manifest.json"));
    const listed = await kept.list(join(run, "checkpoints"));
    expect(listed.map(({ path }) => basename(path))).to.deep.equal([basename(first.path)]);
    expect(warnings[0]).to.have.property("path", second.path);
  });

  it("does not read the optimizer's file when it is not asked for", async () => {
    const { kept } = await store();
    const { path } = await kept.save(save(1));
    const file = join(path, "optimizer.safetensors");
    await writeFile(
      file,
      (await readFile(file)).map((byte) => byte ^ 1),
    );
    expect((await kept.load(path, { optimizer: false })).optimizer).to.deep.equal({});
    expect(await kept.load(path).catch((error) => error.code)).to.equal("CODEX_CHECKPOINT_CORRUPT");
  });
});
