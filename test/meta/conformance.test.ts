import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import * as core from "codex-core";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { repositoryRoot } from "../support/repository.js";
import { missingSuites, suites } from "./missing-suites.js";

const plugins = join(repositoryRoot, "plugins");

describe("conformance", () => {
  for (const name of readdirSync(plugins)) {
    it(`${name} runs the suite of every kind that it provides`, () => {
      expect(missingSuites(join(plugins, name))).to.deep.equal([]);
    });
  }

  it("has a published suite for each contract", async () => {
    const published = { ...(await import("codex-core/testing")), ...(await import("codex-nn/testing")) };
    const points = Object.values(core).filter((each) => typeof each === "object" && "token" in each);
    const filledByPlugins = points.filter((point) => point !== core.SafetyGatePoint);
    expect(Object.keys(suites).sort()).to.deep.equal(filledByPlugins.map((point) => point.key).sort());
    expect(published).to.include.all.keys(...Object.values(suites));
  });

  describe("misses", () => {
    afterEach(removeTemporaryFolders);

    async function plugin(test: string): Promise<string> {
      const folder = await createTemporaryFolder();
      mkdirSync(join(folder, "test/deep"), { recursive: true });
      const codex = { provides: { tracker: { a: {} }, schedule: { b: {} } } };
      writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "codex-plugin-a", codex }));
      writeFileSync(join(folder, "test/deep/a.test.ts"), test);
      return folder;
    }

    it("a suite that no test calls", async () => {
      const source = 'import {\n  describeTracker,\n} from "codex-core/testing";\n';
      expect(missingSuites(await plugin(source))).to.deep.equal(["describeTracker", "describeSchedule"]);
      const called = `${source}describeTracker("a", () => tracker);\n// describeSchedule("b")\n`;
      expect(missingSuites(await plugin(called))).to.deep.equal(["describeSchedule"]);
    });

    it("a suite of the plugin's own under the same name", async () => {
      const source =
        'import { describeTracker, describeSchedule } from "./own.js";\ndescribeTracker();\ndescribeSchedule();\n';
      expect(missingSuites(await plugin(source))).to.have.length(2);
    });
  });
});
