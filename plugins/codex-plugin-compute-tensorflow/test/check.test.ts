import { expect } from "chai";
import type { PartFinding, Registrar } from "codex-core";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import plugin from "codex-plugin-compute-tensorflow";

describe("the check of `compute: tensorflow`", () => {
  const { XDG_CACHE_HOME } = process.env;

  afterEach(removeTemporaryFolders);

  it("tells what the installer has put here", async () => {
    const checks: (() => Promise<readonly PartFinding[]>)[] = [];
    const registrar: Registrar = {
      provide: (_, __, { check }) => {
        checks.push(() => check!({ folders: { project: "", cache: "" }, configs: [] }));
      },
    };
    plugin.register(registrar);
    process.env.XDG_CACHE_HOME = await createTemporaryFolder();
    try {
      const [finding] = await checks[0]!();
      expect(finding?.detail).to.include("codex compute install tensorflow");
    } finally {
      if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
    }
  });
});
