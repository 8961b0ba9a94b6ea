import { cp, mkdir, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect } from "chai";
import { isCodexError, TrackerPoint } from "codex-core";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { activatePlugin } from "#src/plugins/activate-plugin.js";
import { discoverPlugins } from "#src/plugins/discover-plugins.js";
import { installPlugin } from "./write-plugin.js";

const kernelFolder = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

describe("two copies of codex-core", () => {
  let project: string;

  before(async () => {
    project = await createTemporaryFolder();
    const copy = join(project, "node_modules/codex-core");
    await mkdir(copy, { recursive: true });
    await cp(join(kernelFolder, "dist"), join(copy, "dist"), { recursive: true });
    await cp(join(kernelFolder, "package.json"), join(copy, "package.json"));
    await symlink(join(kernelFolder, "../../node_modules/zod"), join(project, "node_modules/zod"));
  });

  after(removeTemporaryFolders);

  it("mean the same points, and know each other's errors", async () => {
    const url = pathToFileURL(join(project, "node_modules/codex-core/dist/index.js")).href;
    const other = (await import(url)) as typeof import("codex-core");
    expect(other.TrackerPoint).to.not.equal(TrackerPoint);
    expect(other.TrackerPoint.token).to.equal(TrackerPoint.token);
    const { CODEX_TEST } = other.defineErrors({ CODEX_TEST: { exitCode: 2, when: "Now.", fix: "Nothing." } });
    expect(isCodexError(CODEX_TEST({ what: "It happened." }))).to.equal(true);
    expect(CODEX_TEST({ what: "It happened." })).to.not.be.instanceOf((await import("codex-core")).CodexError);
  });

  it("let a plugin of one run in the other", async () => {
    await installPlugin(project, "codex-plugin-a");
    const { entries } = await discoverPlugins({ projectFolder: project });
    const [provided] = await activatePlugin(entries[0]!, 10_000);
    expect(provided!.point).to.not.equal(TrackerPoint);
    expect(provided!.point.token).to.equal(TrackerPoint.token);
  });
});
