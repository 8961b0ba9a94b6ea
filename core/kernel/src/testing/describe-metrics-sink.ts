import assert from "node:assert/strict";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MetricsRow, MetricsRun, MetricsSink, WrittenRun } from "../contracts/metrics-sink.js";
import { rejection, settles } from "./assertions.js";
import { createTemporaryFolder, removeTemporaryFolders } from "./temporary-folder.js";
import { testRunner } from "./test-runner.js";

/** A value as a sink's file tells it. */
export interface StoredValue {
  readonly runId: string;
  readonly step: number;
  readonly timeMs: number | null;
  readonly sequence: number | null;
  readonly key: string;
  readonly value: number;
}

export interface MetricsSinkSuiteSettings {
  /** Reads the values of a target's file, in any order. */
  readValues(path: string): Promise<readonly StoredValue[]>;
  /** What the file of the suite is called. Default: `my metrics.table`. */
  readonly name?: string;
}

const sharedKeys = new Map<string, readonly string[]>();

/** A row of values by name. */
export function createMetricsRow(sequence: number, step: number, values: { [key: string]: number }): MetricsRow {
  const names = Object.keys(values);
  const label = names.join("\n");
  const keys = sharedKeys.get(label) ?? names;
  sharedKeys.set(label, keys);
  return { sequence, step, timeMs: 1_767_268_800_000 + sequence, keys, values: Object.values(values) };
}

/** A run in memory, whose marks hold as those of a run's file do. */
export function createMetricsRun(runId: string, rows: readonly MetricsRow[]): MetricsRun {
  const markOf = (count: number) => `${count} ${rows[count - 1]?.sequence ?? ""}`;
  return {
    facts: {
      runId,
      name: `the "first", or ${runId}`,
      status: "finished",
      startedAt: "2026-01-01T12:00:00.000Z",
      endedAt: null,
      command: "codex train --config 'a b'",
      folder: `/project/runs/${runId}`,
      config: { trainer: { type: "lm", maxSteps: 3 }, run: { name: 'it\'s, "quoted"\n' } },
    },
    async read(mark) {
      const count = Number.parseInt(mark ?? "", 10);
      const goesOn = count <= rows.length && markOf(count) === mark;
      async function* read(): AsyncGenerator<readonly MetricsRow[]> {
        for (const row of goesOn ? rows.slice(count) : rows) yield [row];
      }
      return { goesOn, rows: read(), mark: () => markOf(rows.length) };
    },
  };
}

const signal = new AbortController().signal;

/** Conformance suite of the MetricsSink contract. */
export function describeMetricsSink(
  name: string,
  create: () => MetricsSink | Promise<MetricsSink>,
  { readValues, name: fileName = "my metrics.table" }: MetricsSinkSuiteSettings,
): void {
  const { describe, it, afterEach } = testRunner();
  const rowsTo = (last: number) =>
    Array.from({ length: last }, (_, index) =>
      createMetricsRow(index + 1, index, { "train/loss": 1 / (index + 1), lr: 0.5 }),
    );

  /** Writes as the kernel does: into a folder beside, whose files then take the place of the old ones. */
  async function put(home: string, runs: readonly MetricsRun[], aborted = signal): Promise<readonly WrittenRun[]> {
    const sink = await create();
    const files = sink.files(fileName);
    assert.equal(files[0], fileName);
    const folder = join(home, "new");
    await mkdir(folder);
    try {
      const isThere = await readFile(join(home, fileName)).then(
        (bytes) => bytes.length > 0,
        () => false,
      );
      const request = { runs, name: fileName, folder, signal: aborted, ...(isThere ? { before: home } : {}) };
      const written = await sink.write(request);
      for (const file of files) await rename(join(folder, file), join(home, file));
      assert.deepEqual(written.map(({ runId }) => runId).sort(), runs.map(({ facts }) => facts.runId).sort());
      return written;
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async function assertHolds(home: string, expected: { readonly [runId: string]: readonly MetricsRow[] }) {
    const wanted = Object.entries(expected).flatMap(([runId, rows]) =>
      rows.flatMap(({ keys, values, ...row }) =>
        keys.map((key, index) => ({ runId, ...row, key, value: values[index]! })),
      ),
    );
    const stored = await readValues(join(home, fileName));
    assert.deepEqual(stored.map(textOf).sort(), wanted.map(textOf).sort());
  }

  describe(`${name} keeps the MetricsSink contract`, () => {
    afterEach(removeTemporaryFolders);

    it("holds each value of each row, also those that are not finite, under any name", async () => {
      const home = await createTemporaryFolder();
      const rows = [
        createMetricsRow(1, 0, {
          "train/loss": 1.5,
          'a "b", ü\u{1f40b}': -1e-300,
          "it's": 2 ** 53 - 1,
          constructor: 0.1,
        }),
        createMetricsRow(2, 1, {
          "train/loss": Number.NaN,
          up: Number.POSITIVE_INFINITY,
          down: Number.NEGATIVE_INFINITY,
        }),
        { ...createMetricsRow(3, 2 ** 40, { "eval/loss": Number.MAX_VALUE }), timeMs: null, sequence: null },
        createMetricsRow(4, 7, {}),
        createMetricsRow(5, 8, Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`layer/${n}`, n / 7]))),
      ];
      const written = await put(home, [createMetricsRun("a", rows)]);
      assert.deepEqual(written, [{ runId: "a", values: 3008, how: "whole" }]);
      await assertHolds(home, { a: rows });
    });

    it("holds the same after the same runs again, and adds what they got since", async () => {
      const home = await createTemporaryFolder();
      const others = rowsTo(4);
      for (const last of [5, 5, 9])
        await put(home, [createMetricsRun("a", rowsTo(last)), createMetricsRun("b", others)]);
      await assertHolds(home, { a: rowsTo(9), b: others });
    });

    it("holds the rows as they stand of a run that was resumed from an earlier checkpoint", async () => {
      const home = await createTemporaryFolder();
      await put(home, [createMetricsRun("a", rowsTo(9)), createMetricsRun("b", rowsTo(3))]);
      const resumed = [...rowsTo(4), createMetricsRow(10, 4, { "train/loss": 7 })];
      await put(home, [createMetricsRun("a", resumed)]);
      await assertHolds(home, { a: resumed, b: rowsTo(3) });
    });

    it("keeps what it held of other runs", async () => {
      const home = await createTemporaryFolder();
      for (const [runId, last] of [
        ["a", 3],
        ["b", 2],
        ["c", 4],
        ["b", 5],
      ] as const) {
        await put(home, [createMetricsRun(runId, rowsTo(last))]);
      }
      await assertHolds(home, { a: rowsTo(3), b: rowsTo(5), c: rowsTo(4) });
    });

    it("takes runs without a row, and no runs", async () => {
      const home = await createTemporaryFolder();
      await put(home, [createMetricsRun("a", [])]);
      await put(home, []);
      await assertHolds(home, { a: [] });
    });

    it("refuses a file of another kind, and leaves it", async () => {
      const home = await createTemporaryFolder();
      const text = "Dear diary,\nno table here.\n".repeat(40);
      await writeFile(join(home, fileName), text);
      await rejection(() => put(home, [createMetricsRun("a", rowsTo(2))]), "CODEX_INGEST_FOREIGN");
      assert.equal(await readFile(join(home, fileName), "utf8"), text);
    });

    it("settles soon when the signal is aborted", async () => {
      const home = await createTemporaryFolder();
      await settles(put(home, [createMetricsRun("a", rowsTo(2))], AbortSignal.abort()), 5000);
    });
  });
}

function textOf({ runId, step, timeMs, sequence, key, value }: StoredValue): string {
  return [runId, step, timeMs, sequence, key, value].join("\t");
}
