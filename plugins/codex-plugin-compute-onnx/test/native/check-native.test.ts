import { expect } from "chai";
import type { CheckedConfig } from "codex-core";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { checkNative } from "#src/native/check-native.js";

const config = (name: string, section: object = {}): CheckedConfig => ({ name, section: { type: "onnx", ...section } });

describe("checkNative", () => {
  afterEach(removeTemporaryFolders);
  const check = async (...configs: CheckedConfig[]) => {
    const cache = await createTemporaryFolder();
    return (await checkNative({ folders: { project: "", cache }, configs })).map(({ detail }) => detail);
  };

  it("says that every config does without native operators, and looks for none", async () => {
    expect(await check(config("codex.config", { native: false }), config("small", { native: false }))).to.deep.equal([
      "stock operators (compute.native is false) in codex.config",
      "stock operators (compute.native is false) in small",
    ]);
    expect(await check(config("small", { runtime: "binding" }))).to.deep.equal([
      "stock operators (compute.runtime is binding) in small",
    ]);
  });

  it("says which operators are here, and which configs do without", async () => {
    const [here, ...others] = await check(config("codex.config"), config("small", { native: false }));
    expect(here).to.match(/^(native operators \(\w+\), built|stock operators, slower: )/);
    expect(others).to.deep.equal(["stock operators (compute.native is false) in small"]);
    expect(await check()).to.deep.equal([here]);
  });
});
