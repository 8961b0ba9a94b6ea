import { expect } from "chai";
import { formatPreparation, PreparationLine } from "#src/cli/data/preparation-progress.js";
import { createFakeStream } from "./fake-terminal.js";

const mebibyte = 1 << 20;
const half = { documents: 1204, tokens: 2_900_000, sourceBytes: 20 * mebibyte, totalSourceBytes: 40 * mebibyte };

describe("the progress of a preparation", () => {
  it("tells bytes, time left, speed, documents and tokens", () => {
    expect(formatPreparation(half, 4000)).to.equal(
      "20.0 MiB of 40.0 MiB  4s left  5.0 MiB/s  1,204 documents  2.9M tokens",
    );
  });

  it("leaves out what nobody knows", () => {
    const { totalSourceBytes: _, ...known } = half;
    expect(formatPreparation(known, 0, 120)).to.equal("20.0 MiB  1,204 documents  2.9M tokens");
  });

  it("fits the terminal, with a bar where there is room", () => {
    expect(formatPreparation(half, 4000, 120)).to.match(/^━{10}╌{10} {2}20\.0 MiB/);
    for (let columns = 1; columns <= 130; columns++) {
      expect(formatPreparation(half, 4000, columns).length, `${columns} columns`).to.be.below(columns);
    }
  });

  it("is one line on a terminal, and goes away", () => {
    const stream = createFakeStream({ isTerminal: true, columns: 100 });
    let ms = 0;
    const line = new PreparationLine(stream, { now: () => ms });
    line.note("preparing …");
    line.report(half);
    ms = 50;
    line.report(half);
    line.clear();
    const shown = stream.text.split("\r\u001b[2K");
    expect(shown).to.have.length(3);
    expect([shown[0], shown[2]]).to.deep.equal(["preparing …", ""]);
  });

  it("is a plain line now and then elsewhere", () => {
    const stream = createFakeStream();
    let ms = 0;
    const line = new PreparationLine(stream, { now: () => ms, plainIntervalMs: 1000 });
    line.note("preparing …");
    for (ms = 0; ms < 2000; ms += 400) line.report(half);
    expect(stream.text).to.match(/^20\.0 MiB of [^\n]+\n20\.0 MiB of [^\n]+\n$/);
  });
});
