import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { type LogLine, type LogPosition, readLog } from "../src/output-log.js";

const line = (second: number, message: string) =>
  `${JSON.stringify({ time: `2026-01-01T00:00:0${second}.000Z`, level: "info", message })}\n`;
const timeMs = (second: number) => Date.parse(`2026-01-01T00:00:0${second}.000Z`);
const beginning = { offset: 0, timeMs: 0, count: 0 };
const texts = (lines: readonly { text: string }[]) => lines.map(({ text }) => text.split(" ").at(-1));

describe("readLog", () => {
  let path = "";
  beforeEach(async () => {
    path = join(await createTemporaryFolder(), "log.ndjson");
  });
  afterEach(removeTemporaryFolders);

  it("reads nothing where there is no log", async () => {
    expect(await readLog(path, beginning)).to.deep.equal({ lines: [], position: beginning });
  });

  it("makes a line for people of each", async () => {
    const fields = { component: "trainer", runId: "r", step: 7, message: "loss rose", by: 0.5 };
    await writeFile(path, `${JSON.stringify({ time: "2026-01-01T00:00:01.000Z", level: "warn", ...fields })}\n`);
    const { lines } = await readLog(path, beginning);
    expect(lines).to.deep.equal([
      { timeMs: timeMs(1), text: '2026-01-01T00:00:01.000Z warn trainer step 7 loss rose {"by":0.5}' },
    ]);
  });

  it("goes on where it stood", async () => {
    await writeFile(path, line(1, "a") + line(1, "b"));
    const first = await readLog(path, beginning);
    await appendFile(path, line(1, "c"));
    const second = await readLog(path, first.position);
    expect([texts(first.lines), texts(second.lines)]).to.deep.equal([["a", "b"], ["c"]]);
  });

  it("leaves out what is known by its time", async () => {
    await writeFile(path, ["a", "b", "c"].map((text) => line(2, text)).join("") + line(3, "d"));
    const { lines } = await readLog(path, { offset: 0, timeMs: timeMs(2), count: 2 });
    expect(texts(lines)).to.deep.equal(["c", "d"]);
    expect(texts((await readLog(path, { offset: 0, timeMs: timeMs(3), count: 1 })).lines)).to.deep.equal([]);
  });

  it("begins anew with a log that does", async () => {
    await writeFile(path, line(1, "a") + line(2, "b"));
    const { position } = await readLog(path, beginning);
    await writeFile(path, line(3, "c"));
    expect(texts((await readLog(path, position)).lines)).to.deep.equal(["c"]);
  });

  it("reads a long log a megabyte at a time", async () => {
    await writeFile(path, line(1, "x".repeat(700_000)) + line(2, "y".repeat(700_000)) + line(3, "z"));
    const first = await readLog(path, beginning);
    const second = await readLog(path, first.position);
    expect([first.lines.length, second.lines.length]).to.deep.equal([1, 2]);
  });

  it("leaves out a line that is longer than that", async () => {
    await writeFile(path, line(1, "x".repeat(2_500_000)) + line(2, "b"));
    let position: LogPosition = beginning;
    const lines: LogLine[] = [];
    for (let reads = 0; reads < 4; reads++) {
      const read = await readLog(path, position);
      lines.push(...read.lines);
      ({ position } = read);
    }
    expect(texts(lines)).to.deep.equal(["b"]);
  });
});
