import { execFileSync } from "node:child_process";
import { cp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { type CodexError, isCodexError } from "codex-core";
import { createTemporaryFolder, createTestCheckpoint, removeTemporaryFolders, silentLogger } from "codex-core/testing";
import { LocalCheckpointStore, localCheckpointOptions } from "codex-plugin-checkpoint-local";
import { removeDurably } from "#src/durable-folder.js";
import { describeFiles } from "#src/manifest.js";
import { OpenCheckpoint } from "#src/open-checkpoint.js";

describe("OpenCheckpoint", () => {
  let store: LocalCheckpointStore;
  let path: string;

  beforeEach(async () => {
    store = new LocalCheckpointStore(localCheckpointOptions.parse({}), await createTemporaryFolder(), silentLogger);
    path = (await store.save(createTestCheckpoint(7))).path;
  });
  afterEach(async () => {
    await store.dispose();
    await removeTemporaryFolders();
  });

  const refusal = (): Promise<CodexError> =>
    store.load(path).then(
      () => expect.fail("It was loaded."),
      (error) => error,
    );

  it("reads a checkpoint whole that is removed meanwhile", async () => {
    // Windows does not remove what is open.
    const loaded = await OpenCheckpoint.read(path, async (open) => {
      if (process.platform !== "win32") await removeDurably(dirname(path), "step-00000007");
      return open.load({});
    });
    expect(loaded.model).to.deep.equal(createTestCheckpoint(7).model);
  });

  it("reads a checkpoint whole, or says with a code that it is gone, whenever it is removed", async () => {
    const startedAt = performance.now();
    await store.load(path);
    const loadMs = performance.now() - startedAt;
    for (let round = 0; round < 12; round += 1) {
      const copy = join(dirname(path), `step-1000000${round}`);
      await cp(path, copy, { recursive: true });
      const loading = store.load(copy).catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, (round / 10) * loadMs));
      await removeDurably(dirname(copy), `step-1000000${round}`);
      const loaded = (await loading) as { readonly model: unknown };
      if (isCodexError(loaded)) {
        expect(loaded.code).to.be.oneOf(["CODEX_CHECKPOINT_NOT_FOUND", "CODEX_CHECKPOINT_CORRUPT"]);
      } else {
        expect(loaded.model).to.deep.equal(createTestCheckpoint(7).model);
      }
    }
  });

  it("reads a manifest that is no plain file as none", async () => {
    const manifest = join(path, "manifest.json");
    await rm(manifest);
    if (process.platform !== "win32") {
      execFileSync("mkfifo", [manifest]);
      expect(await refusal()).to.have.property("code", "CODEX_CHECKPOINT_NOT_FOUND");
      await rm(manifest);
      await symlink("/dev/zero", manifest);
    }
    expect(await refusal()).to.have.property("code", "CODEX_CHECKPOINT_NOT_FOUND");
  });

  /** Changes a file and makes the digests fit. */
  async function forge(name: string, content: string, step = 7): Promise<CodexError> {
    await writeFile(join(path, name), content);
    const names = ["model.json", "model.safetensors", "optimizer.safetensors", "state.json"];
    await writeFile(join(path, "manifest.json"), JSON.stringify(await describeFiles(path, names, step)));
    return refusal();
  }

  it("refuses JSON that would exhaust the stack", async () => {
    const error = await forge("model.json", `{"a":${"[".repeat(1_000_000)}`);
    expect(error).to.have.property("code", "CODEX_CHECKPOINT_CORRUPT");
    expect(error.what).to.contain("model.json is not strict JSON").and.contain("100 levels");
  });

  it("keeps what it says of hostile names short", async () => {
    const error = await forge("model.json", `{"${"x".repeat(100_000)}":1,"${"x".repeat(100_000)}":1}`);
    expect(error.what).to.have.length.lessThan(600);
  });

  it("refuses a state of another step than the manifest's", async () => {
    const error = await forge("model.json", "{}", 8);
    expect(error).to.have.property("code", "CODEX_CHECKPOINT_CORRUPT");
    expect(error.what).to.contain("state.json is of step 7, manifest.json of step 8");
  });

  it("refuses a file of another size before it reads any", async () => {
    await truncate(join(path, "optimizer.safetensors"), 3);
    const error = await refusal();
    expect(error).to.have.property("code", "CODEX_CHECKPOINT_CORRUPT");
    expect(error.what).to.contain("optimizer.safetensors has 3 bytes");
  });
});
