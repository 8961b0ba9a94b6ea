import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { histogramJson, readTableRows, writeImage, writeTable } from "../src/media.js";

describe("media", () => {
  afterEach(removeTemporaryFolders);

  it("joins the bins of a histogram that has more than W&B takes", () => {
    const counts = Array.from({ length: 1025 }, () => 1);
    const edges = Array.from({ length: 1026 }, (_, index) => index);
    const { values, bins } = JSON.parse(histogramJson(edges, counts));
    expect(values).to.have.length(342);
    expect(bins).to.have.length(343);
    expect(values.reduce((sum: number, count: number) => sum + count)).to.equal(1025);
    expect([bins[0], bins[1], bins.at(-1)]).to.deep.equal([0, 3, 1025]);
  });

  it("keeps a histogram of 512 bins as it is", () => {
    const edges = Array.from({ length: 513 }, (_, index) => index);
    expect(JSON.parse(histogramJson(edges, edges.slice(1))).bins).to.deep.equal(edges);
  });

  it("writes a table with numbers that are not finite as text", async () => {
    const folder = await createTemporaryFolder();
    const { path, json } = await writeTable(folder, "a/b", 7, ["x"], [[Number.NaN], [1.5], [null], ["y"]]);
    expect(path).to.match(/^media\/table\/a_b_7_[0-9a-f]{20}\.table\.json$/);
    expect(JSON.parse(await readFile(join(folder, path), "utf8"))).to.deep.equal({ columns: ["x"], data: [["NaN"], [1.5], [null], ["y"]] }); // biome-ignore format: a row
    expect(await readTableRows(folder, json)).to.have.length(4);
    expect(await readTableRows(folder, '{"path":"gone"}')).to.deep.equal([]);
    expect(await readTableRows(folder, "1.5")).to.deep.equal([]);
  });

  it("takes no picture that is none", async () => {
    const folder = await createTemporaryFolder();
    const source = join(folder, "picture");
    for (const content of ["", "GIF89a and some more bytes, enough"]) {
      await writeFile(source, content);
      expect(await writeImage(folder, "k", 1, source)).to.equal(undefined);
    }
    expect(await writeImage(folder, "k", 1, join(folder, "gone"))).to.equal(undefined);
  });
});
