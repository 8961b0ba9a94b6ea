import { appendFile, rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { MetricsReading } from "codex-core";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { MetricsFile } from "#src/ingest/metrics-file.js";

const { signal } = new AbortController();

describe("a run's metrics file", () => {
  let path: string;
  beforeEach(async () => {
    path = join(await createTemporaryFolder(), "metrics.ndjson");
  });
  afterEach(removeTemporaryFolders);

  const line = (seq: number, step: number, values: object = { "train/loss": 1 / seq }) =>
    `${JSON.stringify({ seq, step, timeMs: 1000 + seq, ...values })}\n`;
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => line(from + index, from + index)).join("");

  async function take(mark?: string) {
    const file = await MetricsFile.open(path, signal);
    const reading = await file.read(mark);
    return { ...(await rowsOf(reading)), goesOn: reading.goesOn, mark: reading.mark(), damaged: file.damaged };
  }

  async function rowsOf({ rows }: MetricsReading) {
    const all = [];
    for await (const some of rows) all.push(...some);
    return { rows: all, sequences: all.map((row) => row.sequence) };
  }

  it("gives rows with names and numbers, names in one array for rows of the same", async () => {
    const odd = { "train/loss": "NaN", up: "Infinity", down: "-Infinity", note: "text", flag: true, none: null };
    await writeFile(path, line(1, 1) + line(2, 2) + line(3, 3, odd));
    const { rows } = await take();
    expect(rows[0]).to.deep.equal({ step: 1, timeMs: 1001, sequence: 1, keys: ["train/loss"], values: [1] });
    expect(rows[1]!.keys).to.equal(rows[0]!.keys);
    expect(rows[2]).to.deep.include({
      keys: ["train/loss", "up", "down"],
      values: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    });
  });

  it("tells rows of the same fields apart by which of them are numbers", async () => {
    await writeFile(
      path,
      line(1, 1, { a: 1, b: "text" }) + line(2, 2, { a: "text", b: 2 }) + line(3, 3, { a: 3, b: 4 }),
    );
    const { rows } = await take();
    expect(rows.map(({ keys, values }) => [keys, values])).to.deep.equal([
      [["a"], [1]],
      [["b"], [2]],
      [
        ["a", "b"],
        [3, 4],
      ],
    ]);
  });

  it("passes over a last line that is not whole, and counts damaged ones before", async () => {
    const damaged = ['{"seq":2,"st', "\0\0\0\0", "[1]", '{"seq":9,"timeMs":1}', '{"seq":9,"step":1.5}'];
    await writeFile(path, `${line(1, 1)}${damaged.join("\n")}\n${line(3, 3)}${line(4, 4).slice(0, -1)}`);
    const { sequences, damaged: count, mark } = await take();
    expect(sequences).to.deep.equal([1, 3]);
    expect(count).to.equal(damaged.length);
    await appendFile(path, "\n");
    expect(await take(mark)).to.deep.include({ sequences: [4], goesOn: true });
  });

  it("has no rows when it is not there, and takes them from the start once it is", async () => {
    const { mark, sequences } = await take();
    expect(sequences).to.deep.equal([]);
    await writeFile(path, lines(1, 2));
    expect((await take(mark)).sequences).to.deep.equal([1, 2]);
  });

  it("goes on after a mark, in a file of many chunks too", async () => {
    await writeFile(path, lines(1, 40_000));
    const first = await take();
    expect(first.sequences).to.have.length(40_000);
    expect(await take(first.mark)).to.deep.include({ sequences: [], goesOn: true, mark: first.mark });
    await appendFile(path, lines(40_001, 40_003));
    expect(await take(first.mark)).to.deep.include({ sequences: [40_001, 40_002, 40_003], goesOn: true });
  });

  it("begins anew when rows before the mark were cut, shorter or longer than before", async () => {
    await writeFile(path, lines(1, 9));
    const { mark } = await take();
    for (const now of [lines(1, 4), `${lines(1, 4)}${line(10, 5)}`, `${lines(1, 4)}${lines(10, 40)}`, ""]) {
      await writeFile(path, now);
      const { goesOn, sequences } = await take(mark);
      expect(goesOn).to.equal(false);
      expect(sequences).to.have.length(now.split("\n").length - 1);
    }
  });

  it("begins anew for a mark that it never gave", async () => {
    await writeFile(path, lines(1, 3));
    for (const mark of ["", "x", "-5 0", "12 ffff", "1e9"]) expect(await take(mark)).to.include({ goesOn: false });
  });

  it("reads on what it opened while a resume puts another file in its place", async () => {
    await writeFile(path, lines(1, 5));
    const file = await MetricsFile.open(path, signal);
    await writeFile(`${path}.new`, lines(1, 2));
    await rename(`${path}.new`, path);
    expect((await rowsOf(await file.read())).sequences).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("ends with what there is when the file gets shorter meanwhile", async () => {
    await writeFile(path, lines(1, 40_000));
    const file = await MetricsFile.open(path, signal);
    const all = [];
    for await (const some of (await file.read()).rows) {
      all.push(...some);
      await truncate(path, 10);
    }
    expect(all.length).to.be.within(1, 39_999);
  });
});
