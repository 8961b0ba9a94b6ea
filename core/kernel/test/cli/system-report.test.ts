import { expect } from "chai";
import { createSystemReport, renderSystemReport } from "#src/cli/report/system-report.js";
import { brokenEntry, fakeCatalogue, fakeEntry } from "./fake-catalogue.js";

describe("createSystemReport", () => {
  const report = createSystemReport(process.cwd(), fakeCatalogue(fakeEntry("codex-plugin-a"), brokenEntry));

  it("tells versions, platform, processor, memory and plugins", () => {
    expect(report.node).to.equal(process.versions.node);
    expect(report.codex).to.match(/^\d+\.\d+\.\d+/);
    expect(report.memoryBytes).to.be.above(0);
    expect(report.threads).to.be.above(0);
    expect(report.plugins).to.deep.equal([
      { name: "codex-plugin-a", version: "1.2.3", problem: null },
      { name: "codex-plugin-broken", version: "1.2.3", problem: "CODEX_PLUGIN_API_RANGE: It is too old." },
    ]);
  });

  it("is Markdown that holds no environment variable", () => {
    process.env.CODEX_TRIAL_SECRET = "hunter2-and-more";
    try {
      const text = renderSystemReport(createSystemReport(process.cwd(), fakeCatalogue()));
      expect(text).to.match(/^### Codex report\n\n- codex: /);
      expect(text).to.not.include("hunter2");
    } finally {
      delete process.env.CODEX_TRIAL_SECRET;
    }
  });
});
