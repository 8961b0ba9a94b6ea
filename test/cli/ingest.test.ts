import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import sqlite from "node-sqlite3-wasm";
import { cutRecords } from "../../core/kernel/dist/run/cut-records.js";
import { repositoryRoot } from "../support/repository.js";
import { ScratchProject } from "../support/scratch-project.js";
import { SmallDisk } from "../support/small-disk.js";
import { readRows } from "../support/tiny-run.js";

const commandLine = join(repositoryRoot, "core/kernel/bin/codex.js");

/** Rows of an SQLite database. */
function query(path: string, sql: string) {
  const database = new sqlite.Database(path, { readOnly: true });
  try {
    return database.all(sql);
  } finally {
    database.close();
  }
}

/** Values of a metrics.ndjson, as the table of metrics has them. */
function valuesOf(file: string): string[] {
  return readRows(file).flatMap(({ seq, step, timeMs, ...metrics }) =>
    Object.entries(metrics).map(([key, value]) => [step, timeMs, seq, key, value].join()),
  );
}

describe("codex metrics ingest", function () {
  this.timeout(120_000);
  let project: ScratchProject;
  before(() => {
    project = new ScratchProject();
  });
  after(() => project.dispose());

  /** Adds a run of so many rows. */
  function addRun(name: string, rows: number, folder = join(project.folder, "runs")): string {
    const file = join(folder, name, "metrics.ndjson");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      join(dirname(file), "run.json"),
      JSON.stringify({ runId: name, status: "finished", startedAt: name }),
    );
    writeFileSync(file, linesOf(1, rows));
    return file;
  }

  const linesOf = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index)
      .map((n) => `{"seq":${n},"step":${n},"timeMs":${n},"train/loss":${1 / n},"eval/loss":"NaN"}\n`)
      .join("");
  const codex = (...args: string[]) => project.command(args);
  const countIn = (file: string) => query(file, "SELECT count(*) n FROM metrics")[0]!.n;

  it("puts all runs of a folder into a file, says how many values, and the same with --json", async () => {
    const file = addRun("first run", 3);
    addRun("second", 2);
    const target = join(project.folder, "all metrics.db");
    const { code, stdout, stderr } = await codex("metrics", "ingest", "runs", "--to", "sqlite", "all metrics.db");
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(
      /^run +values +how\nsecond +4 +whole\nfirst run +6 +whole\n\n10 values of 2 runs into all metrics\.db in /,
    );
    appendFileSync(file, `${linesOf(4, 4)}{"seq":5,"st`);
    const again = await codex("metrics", "ingest", "first run", "latest", "--to", "sqlite", target, "--json");
    const { runs, file: named } = JSON.parse(again.stdout);
    expect(named).to.equal(target);
    expect(runs.map(({ runId, values, how }: { [name: string]: unknown }) => [runId, values, how])).to.deep.equal([
      ["first run", 2, "added"],
      ["second", 0, "added"],
    ]);
    expect(countIn(target)).to.equal(12);
    expect(readdirSync(project.folder).filter((name) => name.startsWith(".all"))).to.deep.equal([]);
  });

  it("says what is wrong with its words", async () => {
    addRun("first run", 3);
    const wrong = [
      [["latest", "--to", "csv"], "CODEX_CLI_MISSING_ARGUMENT"],
      [["latest", "metrics.csv"], "--to"],
      [["latest", "--to", "excel", "metrics.xls"], "CODEX_PLUGIN_UNKNOWN_TYPE"],
      [["nobody", "--to", "csv", "metrics.csv"], "CODEX_RUN_NOT_FOUND"],
      [["latest", "--to", "sqlite", "README.md"], "CODEX_INGEST_FOREIGN"],
      [["latest", "--to", "duckdb", "metrics.duckdb"], "CODEX_INGEST_LIBRARY"],
    ] as const;
    for (const [args, text] of wrong) {
      const { code, stderr } = await codex("metrics", "ingest", ...args);
      expect(stderr, args.join(" ")).to.include(text);
      expect(code, args.join(" ")).to.equal(2);
    }
    expect(readFileSync(join(project.folder, "README.md"), "utf8")).to.equal(
      readFileSync(join(repositoryRoot, "README.md"), "utf8"),
    );
  });

  it("leaves the old file or the new one when it is killed, and goes on the next time", async () => {
    addRun("long", 60_000);
    const target = join(project.folder, "killed.db");
    await codex("metrics", "ingest", "first run", "--to", "sqlite", target);
    const states: unknown[] = [countIn(target)];
    let wasCaught = false;
    for (const delayMs of [0, 60, 200]) {
      const child = spawn(process.execPath, [commandLine, "metrics", "ingest", "long", "--to", "sqlite", target], {
        cwd: project.folder,
        stdio: "ignore",
      });
      const ended = new Promise((resolve) => child.once("close", resolve));
      const place = join(project.folder, ".killed.db.ingest/new/killed.db");
      while (child.exitCode === null && !existsSync(place)) await sleep(2);
      await sleep(delayMs);
      wasCaught = child.kill("SIGKILL") || wasCaught;
      await ended;
      states.push(countIn(target));
    }
    expect(wasCaught, "one was killed").to.equal(true);
    for (const state of states) expect(state).to.be.oneOf([states[0], Number(states[0]) + 120_000]);
    const { code, stderr } = await codex("metrics", "ingest", "long", "--to", "sqlite", target);
    expect(code, stderr).to.equal(0);
    expect(countIn(target)).to.equal(Number(states[0]) + 120_000);
    expect(existsSync(join(project.folder, ".killed.db.ingest"))).to.equal(false);
  });

  it("lets one of two at once do it, and the other say so", async () => {
    const target = join(project.folder, "twice.db");
    const results = await Promise.all(
      [1, 2].map(() => project.codex(["metrics", "ingest", "long", "--to", "sqlite", target])),
    );
    for (const { code, stderr } of results) if (code !== 0) expect(stderr).to.include("CODEX_INGEST_BUSY");
    expect(results.map(({ code }) => code)).to.include(0);
    expect(countIn(target)).to.equal(120_000);
  });

  it("leaves the old file whole where the disk is full", async function () {
    const disk = SmallDisk.mount(2 << 20);
    if (!disk) return this.skip();
    try {
      for (const type of ["sqlite", "csv"]) {
        const target = join(disk.folder, `metrics.${type}`);
        const first = await codex("metrics", "ingest", "first run", "--to", type, target);
        expect(first.code, first.stderr).to.equal(0);
        const [names, bytes] = [readdirSync(disk.folder), readFileSync(target)];
        const { code, stderr } = await codex("metrics", "ingest", "long", "--to", type, target);
        expect(stderr, type).to.include("CODEX_INGEST_FAILED");
        expect(code).to.equal(1);
        expect(readdirSync(disk.folder)).to.deep.equal(names);
        expect(readFileSync(target).equals(bytes)).to.equal(true);
      }
    } finally {
      disk.dispose();
    }
  });

  it("has the rows as they stand of a run whose later rows a resume cut and wrote anew", async () => {
    const file = addRun("resumed", 9);
    const target = join(project.folder, "resumed.csv");
    for (const rows of [9, 6]) {
      const { code, stderr } = await codex("metrics", "ingest", "resumed", "--to", "csv", target);
      expect(code, stderr).to.equal(0);
      const [, ...lines] = readFileSync(target, "utf8").trimEnd().split("\n");
      expect(lines).to.deep.equal(valuesOf(file).map((value) => `resumed,${value}`));
      expect(lines).to.have.length(2 * rows);
      await cutRecords(file, 4);
      appendFileSync(file, linesOf(10, 11));
    }
  });
});
