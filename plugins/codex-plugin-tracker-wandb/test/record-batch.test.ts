import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { TrackerRecord } from "codex-core";
import { createOddRecords, removeTemporaryFolders, silentLogger } from "codex-core/testing";
import { metrics, outcome, signal, startedAtMs, TrackedRun } from "./support/tracked-run.js";

describe("what the tracker for W&B records", () => {
  let tracked: TrackedRun;

  beforeEach(async () => {
    tracked = await TrackedRun.create();
  });
  afterEach(removeTemporaryFolders);

  it("tells the run's config, its tags and what the options say of it", async () => {
    const options = { project: "p", entity: "e", group: "g", jobType: "train", notes: "n", tags: ["one", "two"] };
    await tracked.session([], options);
    const { config, run: told } = await tracked.read();
    expect(config).to.deep.include({ trainer: '{"type":"lm","maxSteps":3}', "tags.host": '"suite-host"' });
    expect([2, 3, 6, 7, 8, 9, 13].map((field) => told!.text(field))).to.deep.equal([
      "e",
      "p",
      "g",
      "train",
      "suite",
      "n",
      "suite-host",
    ]);
    expect(told!.texts(10)).to.deep.equal(["one", "two"]);
  });

  it("makes one history record of each step, however its records come", async () => {
    const { tracker } = await tracked.opened();
    await tracker.write([metrics(1, 1, { a: 1 }), metrics(2, 1, { b: 2 }), metrics(3, 2, { a: 3 })], signal);
    await tracker.write([metrics(4, 2, { b: 4 })], signal);
    await tracker.write([metrics(5, 2, { c: 5 }), metrics(6, 3, { a: 6 })], signal);
    await tracker.close(outcome);
    const { history, summary } = await tracked.read();
    expect(history).to.deep.equal([
      { step: 1, values: { a: "1", b: "2", _step: "1", _timestamp: `${startedAtMs / 1000 + 2}`, _runtime: "2" } },
      {
        step: 2,
        values: { a: "3", b: "4", c: "5", _step: "2", _timestamp: `${startedAtMs / 1000 + 5}`, _runtime: "5" },
      },
      { step: 3, values: { a: "6", _step: "3", _timestamp: `${startedAtMs / 1000 + 6}`, _runtime: "6" } },
    ]);
    expect(summary).to.deep.include({ a: "6", b: "4", c: "5", _step: "3", "_wandb.runtime": "60" });
  });

  it("keeps values of a step that come late, as a record of their own", async () => {
    const { tracker } = await tracked.opened();
    await tracker.write([metrics(1, 5, { a: 1 }), metrics(2, 6, { a: 2 })], signal);
    await tracker.write([metrics(3, 4, { a: 3 }), metrics(4, 4, { b: 4 }), metrics(5, 7, { a: 5 })], signal);
    await tracker.close(outcome);
    const { history, summary } = await tracked.read();
    expect(history.map(({ step, values }) => [step, values.a, values.b])).to.deep.equal([
      [5, "1", undefined],
      [4, "3", "4"],
      [6, "2", undefined],
      [7, "5", undefined],
    ]);
    expect(summary.a).to.equal("5");
  });

  it("writes numbers that are not finite as W&B does", async () => {
    await tracked.session([
      metrics(1, 1, { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: Number.NEGATIVE_INFINITY, d: -0 }),
    ]);
    expect((await tracked.read()).history[0]!.values).to.include({
      a: "NaN",
      b: "Infinity",
      c: "-Infinity",
      d: "-0.0",
    });
  });

  it("keeps metrics named like W&B's own keys apart", async () => {
    await tracked.session([metrics(1, 1, { _step: 7, _runtime: 8 })]);
    expect((await tracked.read()).history[0]!.values).to.include({
      _step: "1",
      "metric/_step": "7",
      "metric/_runtime": "8",
    });
  });

  it("writes measures of the machine as system stats, not as history", async () => {
    const measures = {
      "system/cpuPercent": 12.5,
      "system/memoryBytes": 3 << 20,
      "system/gpu1Percent": 9,
      "system/x": 1,
    };
    await tracked.session([metrics(1, 1, { loss: 1, ...measures }), metrics(2, 2, { "system/cpuPercent": 13 })]);
    const { stats, history } = await tracked.read();
    expect(stats).to.deep.equal([{ cpu: "12.5", "proc.memory.rssMB": "3", "gpu.1.gpu": "9", x: "1" }, { cpu: "13" }]);
    expect(history.map(({ step, values }) => [step, Object.keys(values)])).to.deep.equal([
      [1, ["loss", "_step", "_timestamp", "_runtime"]],
    ]);
  });

  it("writes texts, tables, histograms and pictures with their files", async () => {
    const png = Buffer.from("89504e470d0a1a0a0000000d49484452000000090000000808020000", "hex");
    await mkdir(join(tracked.folder, "media"));
    await writeFile(join(tracked.folder, "media/gone.png"), png);
    await tracked.session(createOddRecords());
    const { history, files: listed, config } = await tracked.read();
    const values = Object.fromEntries(Object.entries(history[0]!.values).map(([key, json]) => [key, JSON.parse(json)]));
    expect(values["weights/wte"]).to.deep.equal({ _type: "histogram", values: [3, 4], bins: [-1, 0, 0.5] });
    expect(values["eval/cases"]).to.deep.include({ _type: "table-file", nrows: 2, ncols: 2 });
    expect(values.attention).to.deep.include({ _type: "image-file", format: "png", width: 9, height: 8 });
    for (const [key, columns, firstRow] of [
      ["samples", ["prompt", "text"], ["", /two\nlines/]],
      ["notes/a b", ["text"], [/two\nlines/]],
      ["eval/cases", ["a", "b"], [1, "x"]],
    ] as const) {
      expect(listed).to.include(values[key].path);
      const table = JSON.parse(await readFile(tracked.files(values[key].path), "utf8"));
      expect(table.columns, key).to.deep.equal(columns);
      firstRow.forEach((cell, index) => {
        if (cell instanceof RegExp) expect(table.data[0][index]).to.match(cell);
        else expect(table.data[0][index]).to.equal(cell);
      });
    }
    expect(await readFile(tracked.files(values.attention.path))).to.deep.equal(png);
    expect(config).to.include({ microBatch: "6", halved: "true", "tags.stage": '"two"' });
  });

  it("makes one table of a step's samples, also when they come apart", async () => {
    const { tracker } = await tracked.opened();
    const sample = (sequence: number, text: string): TrackerRecord =>
      ({ kind: "sample", sequence, step: 1, timeMs: startedAtMs, prompt: "p", text }) as const;
    await tracker.write([sample(1, "a"), sample(2, "b")], signal);
    await tracker.write([sample(3, "c")], signal);
    expect(await tracker.missing!([sample(2, "b"), sample(3, "c"), sample(4, "d")], signal)).to.deep.equal([
      sample(4, "d"),
    ]);
    await tracker.close(outcome);
    const { history } = await tracked.read();
    const table = JSON.parse(await readFile(tracked.files(JSON.parse(history[0]!.values.samples!).path), "utf8"));
    expect(table.data).to.deep.equal([
      ["p", "a"],
      ["p", "b"],
      ["p", "c"],
    ]);
  });

  it("takes the artifacts that it is asked for, and says once what is gone", async () => {
    const told: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void told.push(message) };
    const artifact = (name: string, type: "file" | "checkpoint", path = name): TrackerRecord =>
      ({ kind: "artifact", sequence: 1, step: 1, timeMs: startedAtMs, name, type, path }) as const;
    await writeFile(join(tracked.folder, "config.yaml"), "a: 1\n");
    await mkdir(join(tracked.folder, "checkpoints/step-1/tokenizer"), { recursive: true });
    await writeFile(join(tracked.folder, "checkpoints/step-1/model"), "m");
    await writeFile(join(tracked.folder, "checkpoints/step-1/tokenizer/t"), "t");
    const { tracker } = await tracked.opened({ artifacts: ["config.yaml", "checkpoints", "gone"] }, { logger });
    const records = [
      artifact("config.yaml", "file"),
      artifact("config.yaml", "file"),
      artifact("lock.json", "file"),
      artifact("step-1", "checkpoint", "checkpoints/step-1"),
      artifact("gone", "file"),
      artifact("gone", "file"),
      artifact("../../config.yaml", "file", "config.yaml"),
    ];
    await tracker.write(records, signal);
    await tracker.close(outcome);
    const expected = ["config.yaml", "checkpoints/step-1/model", "checkpoints/step-1/tokenizer/t"];
    expect((await tracked.read()).files.toSorted()).to.deep.equal(expected.map((name) => `artifacts/${name}`).sort());
    expect(await readFile(tracked.files("artifacts/config.yaml"), "utf8")).to.equal("a: 1\n");
    expect(await readFile(tracked.files("artifacts/checkpoints/step-1/tokenizer/t"), "utf8")).to.equal("t");
    expect(told).to.have.length(1);
  });

  it("places an artifact again of a batch that failed: it may be there in part, or as it was before", async () => {
    const report = (sequence: number): TrackerRecord =>
      ({
        kind: "artifact",
        sequence,
        step: sequence,
        timeMs: startedAtMs,
        name: "report.html",
        type: "file",
        path: "report.html",
      }) as const;
    await writeFile(join(tracked.folder, "report.html"), "first");
    const { tracker } = await tracked.opened();
    await tracker.write([report(1)], signal);
    await rm(join(tracked.folder, "report.html"));
    await writeFile(join(tracked.folder, "report.html"), "second");
    await tracker.write(await tracker.missing!([report(2)], signal), signal);
    await tracker.close(outcome);
    expect(await readFile(tracked.files("artifacts/report.html"), "utf8")).to.equal("second");
    expect((await tracked.read()).files).to.deep.equal(["artifacts/report.html"]);
  });

  for (const [status, code] of [
    ["finished", 0],
    ["failed", 1],
    ["interrupted", 255],
  ] as const) {
    it(`ends a ${status} run with exit code ${code}`, async () => {
      const { tracker } = await tracked.opened();
      await tracker.close({ ...outcome, status, ...(status === "failed" ? { error: "CODEX_X: boom" } : {}) });
      const { exit, output } = await tracked.read();
      expect([exit!.integer(1), exit!.integer(2)]).to.deep.equal([code, 60]);
      expect(output).to.deep.equal(status === "failed" ? ["CODEX_X: boom\n"] : []);
    });
  }

  it("writes what comes to the run's log, each line once", async () => {
    const line = (second: number, message: string) =>
      `${JSON.stringify({ time: new Date(startedAtMs + second * 1000).toISOString(), level: "info", message, n: 1 })}\n`;
    const log = join(tracked.folder, "log.ndjson");
    await writeFile(log, line(1, "one") + line(1, "two"));
    const { tracker, saved } = await tracked.opened();
    await tracker.write([], signal);
    await appendFile(log, line(2, "three").slice(0, 10));
    await tracker.write([], signal);
    await appendFile(log, `${line(2, "three").slice(10)}no JSON\n`);
    await tracker.write([], signal);
    await appendFile(log, line(2, "four"));
    const again = await tracked.create();
    await again.open(tracked.run, saved);
    await again.write([], signal);
    await appendFile(log, line(3, "five"));
    await again.close(outcome);
    const { output } = await tracked.read();
    expect(output).to.deep.equal(
      [
        ["01", "one"],
        ["01", "two"],
        ["02", "three"],
        ["02", "four"],
        ["03", "five"],
      ].map(([second, message]) => `2026-01-01T12:00:${second}.000Z info ${message} {"n":1}\n`),
    );
  });

  it("leaves the log out when told to", async () => {
    await writeFile(
      join(tracked.folder, "log.ndjson"),
      '{"time":"2026-01-01T12:00:01.000Z","level":"info","message":"x"}\n',
    );
    await tracked.session([], { outputLog: false });
    expect((await tracked.read()).output).to.deep.equal([]);
  });
});
