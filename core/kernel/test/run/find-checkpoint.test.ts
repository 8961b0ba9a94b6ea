import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { restorableParts } from "#src/run/find-checkpoint.js";

describe("restorableParts", () => {
  afterEach(removeTemporaryFolders);

  it("says that a checkpoint was removed since it was loaded, and does not go on without its tokenizer", async () => {
    const gone = join(await createTemporaryFolder(), "step-00000002");
    const error = await restorableParts(gone, {}).catch((reason) => reason);
    expect(error).to.include({ code: "CODEX_RUN_RESUME_NOT_FOUND", where: gone });
    expect(error.what).to.contain("removed while it was read");
  });
});
