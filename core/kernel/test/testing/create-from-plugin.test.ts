import { expect } from "chai";
import { TokenizerPoint, TrackerPoint } from "codex-core";
import {
  ByteTokenizer,
  createFromPlugin,
  createTemporaryFolder,
  fakePlugin,
  rejection,
  removeTemporaryFolders,
  restoreFromPlugin,
} from "codex-core/testing";

describe("createFromPlugin", () => {
  it("makes parts of a plugin as the kernel would", async () => {
    const options = { writeMs: "x" };
    const refused = await createFromPlugin(fakePlugin, TrackerPoint, "fake", { options }).catch((error) => error);
    expect(String(refused)).to.include("writeMs");
    await rejection(() => createFromPlugin(fakePlugin, TrackerPoint, "gone"), "CODEX_TESTING_NOT_PROVIDED");
    const folder = await createTemporaryFolder();
    await new ByteTokenizer().save(folder);
    const restored = await restoreFromPlugin(fakePlugin, TokenizerPoint, "fake", folder);
    expect(restored.vocabSize).to.equal(257);
    await rejection(() => restoreFromPlugin(fakePlugin, TrackerPoint, "fake", folder), "CODEX_TESTING_NOT_PROVIDED");
    await removeTemporaryFolders();
  });
});
