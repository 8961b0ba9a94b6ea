import { execFile } from "node:child_process";
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { appendFile, chmod, mkdir, rename, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import type { MetricsSink, SinkRequest } from "codex-core";
import { createTemporaryFolder, rejection, removeTemporaryFolders } from "codex-core/testing";
import { ingestRuns } from "#src/ingest/ingest-runs.js";
import { readRunSummary } from "#src/run/run-summary.js";

const { signal } = new AbortController();

/** A file of JSON: what each run has. */
const jsonSink: MetricsSink = {
  files: (name) => [name, `${name}.facts`],
  async write({ runs, name, folder, before }) {
    const held = before === undefined ? {} : JSON.parse(readFileSync(join(before, name), "utf8"));
    const facts = [];
    for (const run of runs) {
      held[run.facts.runId] = [];
      for await (const rows of (await run.read()).rows) held[run.facts.runId].push(...rows.map((row) => row.step));
      facts.push(run.facts);
    }
    await writeFile(join(folder, name), JSON.stringify(held));
    await writeFile(join(folder, `${name}.facts`), JSON.stringify(facts));
    return runs.map(({ facts: { runId } }) => ({ runId, values: held[runId].length, how: "whole" }));
  },
};

describe("ingest of runs", () => {
  let home: string;
  let target: string;
  beforeEach(async () => {
    home = await createTemporaryFolder();
    target = join(home, "my metrics.json");
  });
  afterEach(removeTemporaryFolders);

  async function addRun(name: string, steps: number, files: { readonly [file: string]: string } = {}) {
    const folder = join(home, "runs", name);
    await mkdir(folder, { recursive: true });
    const rows = Array.from({ length: steps }, (_, index) => JSON.stringify({ seq: index + 1, step: index + 1, a: 1 }));
    const all = {
      "run.json": JSON.stringify({ runId: name, name: "my run", status: "finished", startedAt: "2026-01-01" }),
      "metrics.ndjson": rows.map((row) => `${row}\n`).join(""),
      ...files,
    };
    for (const [file, text] of Object.entries(all)) await writeFile(join(folder, file), text);
    return readRunSummary(folder)!;
  }

  const ingest = (runs: Parameters<typeof ingestRuns>[0]["runs"], sink = jsonSink, path = target) =>
    ingestRuns({ runs, target: path, sink, signal });
  const held = (path = target) => JSON.parse(readFileSync(path, "utf8"));
  const spoiled = (spoil: (request: SinkRequest) => Promise<void>): MetricsSink => ({
    ...jsonSink,
    async write(request) {
      const written = await jsonSink.write(request);
      await spoil(request);
      return written;
    },
  });

  it("hands over rows and facts, and puts the files in place", async () => {
    const config = "trainer:\n  type: lm\n";
    const run = await addRun("one", 3, { "config.yaml": config });
    const [ingested] = await ingest([run]);
    expect(ingested).to.deep.include({ runId: "one", values: 3, damagedLines: 0, isWithoutMetrics: false });
    expect(held()).to.deep.equal({ one: [1, 2, 3] });
    expect(held(`${target}.facts`)).to.deep.equal([
      {
        runId: "one",
        name: "my run",
        status: "finished",
        startedAt: "2026-01-01",
        endedAt: null,
        command: null,
        folder: run.folder,
        config: { trainer: { type: "lm" } },
      },
    ]);
    expect(readdirSync(home).sort()).to.deep.equal(["my metrics.json", "my metrics.json.facts", "runs"]);
  });

  it("keeps what other runs have in the target", async () => {
    const [one, two] = [await addRun("one", 1), await addRun("two", 2)];
    await ingest([one]);
    await ingest([two]);
    expect(held()).to.deep.equal({ one: [1], two: [1, 2] });
  });

  it("tells of damaged lines, of a run without metrics, and of a config that cannot be read", async () => {
    const one = await addRun("one", 2, { "config.yaml": "a: [" });
    await appendFile(join(one.folder, "metrics.ndjson"), '{"se\n{"seq":3,"step":3,"a":1}\n');
    const two = await addRun("two", 0);
    await rename(join(two.folder, "metrics.ndjson"), join(two.folder, "gone"));
    const ingested = await ingest([one, two]);
    expect(ingested.map((run) => [run.values, run.damagedLines, run.isWithoutMetrics])).to.deep.equal([
      [3, 1, false],
      [0, 0, true],
    ]);
    expect(held(`${target}.facts`)[0].config).to.equal(null);
  });

  it("leaves the old file, and nothing beside it, when writing fails", async () => {
    const one = await addRun("one", 1);
    await ingest([one]);
    const before = readdirSync(home);
    const full = spoiled(() => Promise.reject(Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" })));
    const two = await addRun("two", 2);
    const error = await rejection(() => ingest([two], full), "CODEX_INGEST_FAILED");
    expect(error.what).to.include("no space left");
    expect(held()).to.deep.equal({ one: [1] });
    expect(readdirSync(home)).to.deep.equal(before);
  });

  it("is stopped by its signal", async () => {
    const stop = new AbortController();
    const stopping = spoiled(async () => {
      stop.abort();
      stop.signal.throwIfAborted();
    });
    const work = ingestRuns({ runs: [await addRun("one", 1)], target, sink: stopping, signal: stop.signal });
    expect(await work.catch((error) => error)).to.equal(stop.signal.reason);
    expect(existsSync(target)).to.equal(false);
  });

  it("refuses a second ingest into the same file, and lets it in afterwards", async () => {
    const one = await addRun("one", 1);
    const meanwhile = spoiled(async () => {
      await rejection(() => ingest([one]), "CODEX_INGEST_BUSY");
      await ingest([one], jsonSink, join(home, "other.json"));
    });
    await ingest([one], meanwhile);
    await ingest([one]);
    expect(held()).to.deep.equal({ one: [1] });
  });

  it("takes over from an ingest whose process is gone, with what that left", async () => {
    const place = join(home, ".my metrics.json.ingest");
    await mkdir(join(place, "new"), { recursive: true });
    await writeFile(join(place, "new/my metrics.json"), "half");
    await writeFile(join(place, ".lock"), JSON.stringify({ pid: 2 ** 30, host: hostname() }));
    await ingest([await addRun("one", 1)]);
    expect(held()).to.deep.equal({ one: [1] });
    expect(existsSync(place)).to.equal(false);
  });

  it("follows a link, and keeps the permissions of the file", async () => {
    await mkdir(join(home, "elsewhere"));
    const real = join(home, "elsewhere/real.json");
    await ingest([await addRun("one", 1)], jsonSink, real);
    await chmod(real, 0o640);
    symlinkSync(real, target);
    await ingest([await addRun("two", 1)]);
    expect(held(real)).to.have.all.keys("one", "two");
    expect((await stat(real)).mode & 0o777).to.equal(0o640);
  });

  it("refuses a link to a pipe that has no path, as /dev/stdout may be, and keeps it", async function () {
    // Elsewhere open files have no paths.
    if (process.platform !== "linux") this.skip();
    const pipe = join(home, "pipe");
    await promisify(execFile)("mkfifo", [pipe]);
    const descriptor = openSync(pipe, "r+");
    rmSync(pipe);
    symlinkSync(`/proc/self/fd/${descriptor}`, target);
    const one = await addRun("one", 1);
    await rejection(() => ingest([one]), "CODEX_INGEST_TARGET").finally(() => closeSync(descriptor));
    expect(lstatSync(target).isSymbolicLink()).to.equal(true);
  });

  it("tells a sink of the target's folder when any of its files is there", async () => {
    await writeFile(`${target}.facts`, "mine");
    let before: string | undefined;
    const asking: MetricsSink = {
      ...jsonSink,
      write(request) {
        before = request.before;
        return jsonSink.write({ ...request, before: undefined });
      },
    };
    await ingest([await addRun("one", 1)], asking);
    expect(before).to.equal(home);
  });

  it("takes an empty file for none", async () => {
    await writeFile(target, "");
    await ingest([await addRun("one", 1)]);
    expect(held()).to.deep.equal({ one: [1] });
  });

  it("refuses a folder, a missing folder, and two runs of one runId", async () => {
    const one = await addRun("one", 1);
    await rejection(() => ingest([one], jsonSink, home), "CODEX_INGEST_TARGET");
    await rejection(() => ingest([one], jsonSink, join(home, "none/metrics.json")), "CODEX_INGEST_TARGET");
    const copy = await addRun("copy", 1, { "run.json": JSON.stringify({ runId: "one" }) });
    const error = await rejection(() => ingest([one, copy]), "CODEX_INGEST_SAME_RUN");
    expect(error.what).to.include(copy.folder);
  });
});
