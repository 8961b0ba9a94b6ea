import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { RotatingFile } from "../../core/kernel/dist/logging/rotating-file.js";
import { NdjsonFile } from "../../core/kernel/dist/run/ndjson-file.js";
import { SmallDisk } from "../support/small-disk.js";

const sizeBytes = 40_960;

describe("lines on a disk that is full for a while", () => {
  let disk: SmallDisk | undefined;
  let path: string;

  beforeEach(function () {
    disk = SmallDisk.mount(sizeBytes);
    if (!disk) this.skip(); // No small disk can be mounted here: that takes root on Linux.
    path = join(disk!.folder, "lines.ndjson");
  });
  afterEach(() => disk?.dispose());

  /** A line of 700 bytes, which ends in no page. */
  const row = (index: number) => ({ index, text: "x".repeat(676 - String(index).length) });
  const rows = () => readFileSync(path, "utf8").split("\n").slice(0, -1).map((line) => JSON.parse(line)); // biome-ignore format: one thought

  it("of a log are whole or counted", () => {
    const lossLine = (lost: number) => `${JSON.stringify({ lost })}\n`;
    const file = new RotatingFile({ path, maxBytes: 1e9, maxFiles: 2, lossLine });
    const append = (index: number) => file.append(`${JSON.stringify(row(index))}\n`);
    for (let index = 0; index < 80; index++) append(index);
    disk!.resize(2 * sizeBytes);
    for (let index = 80; index < 90; index++) append(index);
    file.close();
    const written = rows();
    const [{ lost }] = written.filter((line) => "lost" in line);
    expect(lost).to.be.greaterThan(10);
    expect(written.length - 1 + lost).to.equal(90);
    expect(written.slice(-10).map(({ index }) => index)).to.deep.equal([80, 81, 82, 83, 84, 85, 86, 87, 88, 89]);
  });

  it("of metrics are whole or refused", () => {
    const file = new NdjsonFile(path);
    const kept: number[] = [];
    const append = (index: number) => {
      file.append(row(index));
      kept.push(index);
    };
    for (let index = 0; index < 80; index++) {
      try {
        append(index);
      } catch (error) {
        expect(error).to.have.property("code", "CODEX_RUN_FOLDER_FAILED");
      }
    }
    expect(kept.length).to.be.within(20, 70);
    disk!.resize(2 * sizeBytes);
    for (let index = 80; index < 90; index++) append(index);
    file.close();
    expect(rows().map(({ index }) => index)).to.deep.equal(kept);
  });
});
