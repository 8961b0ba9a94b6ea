import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, rejection, removeTemporaryFolders } from "codex-core/testing";
import { installRuntime } from "#src/cli/compute/install-runtime.js";
import { listCompute } from "#src/cli/compute/list-compute.js";
import { removeRuntime } from "#src/cli/compute/remove-runtime.js";
import { installPlugin } from "../plugins/write-plugin.js";
import { createFakeContext } from "./fake-context.js";
import { createFakeTerminal } from "./fake-terminal.js";

/** An installer of an outside plugin: what it installs is one file. */
const installer = `
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
const file = fileURLToPath(new URL("./installed", import.meta.url));
const state = () => ({
  name: "abacus",
  status: existsSync(file + ".part") ? "partial" : existsSync(file) ? "installed" : "absent",
  folder: file,
  detail: "Abacus 3",
  needs: "wood; 3 kB to download",
});
export default {
  async install({ gpu, report }) {
    report("moving beads");
    writeFileSync(file, String(gpu));
    return state();
  },
  async remove() {
    const before = state();
    rmSync(file, { force: true });
    return before.status === "absent" ? [] : [before];
  },
  states: async () => [state()],
};
`;

describe("codex compute", () => {
  let project: string;
  let installed: string;

  beforeEach(async () => {
    project = await createTemporaryFolder();
    installed = join(project, "node_modules/codex-plugin-abacus/installed");
    await writeFile(join(project, "package.json"), "{}");
    await writePluginWith(installer);
    await installPlugin(project, "codex-plugin-sand", {
      codex: { provides: { compute: { sand: { schema: "./options.schema.json" } } } },
    });
  });

  afterEach(removeTemporaryFolders);

  function writePluginWith(source: string, path = "./installer.js") {
    const description = { schema: "./options.schema.json", installer: path };
    return installPlugin(project, "codex-plugin-abacus", {
      codex: { provides: { compute: { abacus: description } } },
      files: { "installer.js": source },
    });
  }

  const context = (json = false) => createFakeContext({ terminal: createFakeTerminal(project), json });

  it("installs what a plugin's installer installs, shows its progress, and removes it", async () => {
    const first = context();
    await installRuntime("abacus", true, first);
    expect(first.terminal.stdout.text).to.include("moving beads …").and.include("Use it: compute.type=abacus");
    expect(existsSync(installed)).to.equal(true);
    const second = context();
    await removeRuntime("abacus", second);
    expect(second.terminal.stdout.text).to.include("Removed").and.include("installed");
    const third = context();
    await removeRuntime("abacus", third);
    expect(third.terminal.stdout.text).to.include("Nothing was installed for abacus");
  });

  it("lists backends, with what is installed for them", async () => {
    const before = context();
    await listCompute(before);
    expect(before.terminal.stdout.text)
      .to.match(/abacus +abacus +absent/)
      .and.match(/sand +codex-plugin-sand/)
      .and.include("\nabacus needs wood; 3 kB to download.\n");
    await installRuntime("abacus", false, context());
    const text = context();
    await listCompute(text);
    expect(text.terminal.stdout.text)
      .to.match(/abacus +abacus +installed/)
      .and.not.include("needs");
    const after = context(true);
    await listCompute(after);
    const { backends } = JSON.parse(after.terminal.stdout.text);
    expect(backends).to.deep.include({ type: "sand", plugin: "codex-plugin-sand" });
    expect(backends[0].runtimes[0]).to.include({ name: "abacus", status: "installed" });
  });

  it("says when there is nothing to install, or no such backend", async () => {
    const error = await rejection(() => installRuntime("sand", false, context()), "CODEX_CLI_INVALID_VALUE");
    expect(error.what).to.include("codex-plugin-sand brings all it needs");
    await rejection(() => installRuntime("slide-rule", false, context()), "CODEX_PLUGIN_UNKNOWN_TYPE");
  });

  it("says when an installer cannot be used", async () => {
    await writePluginWith("export default {};");
    const empty = await rejection(() => installRuntime("abacus", false, context()), "CODEX_PLUGIN_IMPORT_FAILED");
    expect(empty.what).to.include("no default export with install");
    await writePluginWith("", "../outside.js");
    const outside = await rejection(() => installRuntime("abacus", false, context()), "CODEX_PLUGIN_MANIFEST");
    expect(outside.what).to.include("lies outside the package");
  });
});
