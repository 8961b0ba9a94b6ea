import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { compareRuns, labelsOf } from "#src/report/compare-runs.js";
import { escapeHtml, scriptJson } from "#src/report/escape-html.js";
import { comparisonText } from "#src/report/render-comparison.js";
import { renderReport } from "#src/report/render-report.js";
import { type RunRecords, readRunRecords } from "#src/report/run-records.js";
import { FakeProject } from "../cli/run-folders.js";

const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

describe("text of reports", () => {
  it("is escaped for elements, attributes and scripts", () => {
    expect(escapeHtml(`<a href="x" b='y'>&`)).to.equal("&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
    expect(escapeHtml("a\u0000b\u001bc\nd\te")).to.equal("a\u2400b\u241bc\nd\te");
    const hostile = { text: "</script><!--\u2028" };
    expect(scriptJson(hostile)).not.to.match(/[<>\u2028]/);
    expect(JSON.parse(scriptJson(hostile))).to.deep.equal(hostile);
  });
});

describe("the report of a run", () => {
  let project: FakeProject;

  beforeEach(() => {
    project = new FakeProject();
  });

  afterEach(() => project.dispose());

  async function records(name: string, files: { readonly [file: string]: string }, steps: number[] = []) {
    const folder = project.addRun(name, { name, startedAt: "2026-01-01T00:00:00Z" }, steps);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    const found = await readRunRecords(folder);
    if (!found) throw new Error("no run");
    return found as RunRecords;
  }

  it("marks the best of the checkpoints that are kept, by the config's monitor", async () => {
    const metrics = lines([
      { seq: 1, step: 10, "eval/accuracy": 0.5, "eval/loss": 1 },
      { seq: 2, step: 20, "eval/accuracy": 0.7, "eval/loss": 2 },
      { seq: 3, step: 30, "eval/accuracy": "NaN", "eval/loss": 3 },
    ]);
    const config = "checkpoint: { monitor: eval/accuracy, monitorMode: max }\n";
    const run = await records("a", { "metrics.ndjson": metrics, "config.yaml": config }, [10, 20, 30]);
    expect(run.checkpoints.filter(({ isBest }) => isBest).map(({ step }) => step)).to.deep.equal([20]);
  });

  it("names what the folder does not tell, and what was never recorded", async () => {
    const run = await records("a", { "lock.json": "{", "metrics.ndjson": lines([{ step: 1, "train/loss": 2 }]) });
    const page = renderReport(run);
    for (const file of ["lock.json", "environment.json", "config.yaml", "events.ndjson"]) {
      expect(run.missing.join("\n")).to.include(`${file}: `);
      expect(page).to.include(file);
    }
    expect(page).to.include("Not recorded by this run: learning rate, gradient norm, throughput, memory.");
  });

  it("draws what was measured of the machine, and misses no GPU", async () => {
    const measured = { "system/memoryBytes": 2 ** 20, "system/peakMemoryBytes": 3 * 2 ** 20, "system/cpuPercent": 50 };
    const row = { step: 1, "train/loss": 2 };
    const page = async (name: string, system: object) =>
      renderReport(await records(name, { "metrics.ndjson": lines([row, { step: 1, ...system }]) }));
    const onCpu = await page("a", measured);
    expect(onCpu)
      .to.include("<h3>CPU")
      .and.include("3.0 MiB")
      .and.not.match(/GPU|gpu/);
    const onGpu = await page("b", { ...measured, "system/gpuPercent": 97, "system/gpuMemoryBytes": 2 ** 30 });
    expect(onGpu).to.include("<h3>GPU").and.include("97").and.include("1.0 GiB");
    expect(await page("c", {}))
      .to.include("memory.</p>")
      .and.not.include("<h3>CPU");
  });

  it("says where each value of the config comes from", async () => {
    const files = { "config.yaml": "run: { seed: 7 }\n", "config-origins.json": '{"run.seed":"flag --seed"}' };
    expect(renderReport(await records("a", files))).to.match(/run\.seed<.*<code>7<.*flag --seed/);
  });

  it("takes less than a second for 100,000 rows", async () => {
    const row = (step: number) => ({ seq: step, step, "train/loss": 3 + Math.sin(step), "train/gradNorm": step % 7 });
    const metrics = lines(Array.from({ length: 100_000 }, (_, index) => row(index + 1)));
    const folder = project.addRun("long", { name: "long" });
    writeFileSync(join(folder, "metrics.ndjson"), metrics);
    const before = process.cpuUsage();
    const page = renderReport((await readRunRecords(folder))!);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).to.be.lessThan(1000);
    expect(page.length).to.be.lessThan(300_000);
  });

  it("compares runs: keys that are not equal, last and best metrics", async () => {
    const run = (seed: number, last: unknown) =>
      records(`run-${seed}`, {
        "config.yaml": `run: { seed: ${seed}, name: same }\n`,
        "metrics.ndjson": lines([
          { step: 1, "train/loss": 4 },
          { step: 2, "train/loss": last },
        ]),
      });
    const comparison = compareRuns([await run(1, 2), await run(2, "NaN")]);
    expect(comparison.config).to.deep.equal([{ key: "run.seed", values: [1, 2] }]);
    expect(comparison.metrics).to.deep.equal([
      {
        name: "train/loss",
        values: [
          { last: 2, min: 2, max: 4 },
          { last: "NaN", min: 4, max: 4 },
        ],
      },
    ]);
    expect(comparisonText(comparison)).to.match(/train\/loss +2 +NaN/);
  });

  it("tells runs of one name apart", () => {
    const run = (runId: string) => ({ runId, name: "same", folder: "", status: "finished", step: 1 });
    expect(labelsOf([run("x-ab12"), run("y-cd34"), run("y-cd34")])).to.deep.equal([
      "same ab12",
      "same cd34",
      "same cd34 (3)",
    ]);
  });
});
