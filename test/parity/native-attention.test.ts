import { expect } from "chai";
import type { BatchShape } from "codex-core";
import { assertClose } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { GptLoader } from "codex-plugin-model-gpt";
import { NextTokenObjective } from "codex-plugin-trainer-lm";
import { compileGraph } from "../../plugins/codex-plugin-compute-onnx/dist/compile-graph.js";
import { cpuTarget } from "../../plugins/codex-plugin-compute-onnx/dist/target/target.js";
import { gradientsProgram } from "../../plugins/codex-plugin-trainer-lm/dist/step/gradients-program.js";

const [contextLength, microBatch, vocabSize, headCount] = [150, 2, 41, 3];
const tokens = contextLength * microBatch;

interface Settings {
  readonly dropout: number;
  readonly packed: boolean;
}

const programOf = async ({ dropout, packed }: Settings) => {
  const loader = new GptLoader({ layerCount: 2, headCount, embedDim: 72, contextLength, dropout, bias: true });
  const model = await loader.load({ vocabSize, dtype: "float32" });
  const shape: BatchShape = { microBatch, contextLength, ...(packed && { packed }) };
  const program = gradientsProgram({ model, objective: new NextTokenObjective(), shape }, "fresh");
  return { model, program };
};

/** Documents of unequal length, and padding in segment -1. */
function layout() {
  const ends = [0, 13, 80, 81, 140, contextLength];
  const segment = (place: number) => ends.findIndex((end) => place < end) - 1;
  const places = Array.from({ length: tokens }, (_, index) => index % contextLength);
  return {
    segmentIds: Int32Array.from(places, (place) => (segment(place) === 4 ? -1 : segment(place))),
    positionIds: Int32Array.from(places, (place) => place - ends[segment(place)]!),
  };
}

/** The loss and every gradient. */
async function gradients(native: boolean, settings: Settings) {
  const backend = await createOnnxBackend(computeOnnxOptions.parse({ native, threads: 2 }));
  try {
    expect(String(backend.device.runtime).includes("native operators"), "native operators are there").to.equal(native);
    const { model, program } = await programOf(settings);
    for (const [name, data] of model.initialize(7)) {
      // Larger than a model starts with, so that attention is far from even.
      const values = name.endsWith("weight") ? data.map((value) => value * 3) : data;
      await backend.writeState({ [`parameter/${name}`]: { ...model.parameters[name]!, data: values } });
    }
    const { lossSum } = await (await backend.compile(program)).run({
      tokenIds: Int32Array.from({ length: tokens }, (_, index) => (index * index) % vocabSize),
      targetIds: Int32Array.from({ length: tokens }, (_, index) => (index * 7 + 3) % vocabSize),
      lossMask: Float32Array.from({ length: tokens }, (_, index) => (index % 5 === 0 ? 0 : 1)),
      randomKey: Int32Array.of(5, 6, 7, 0),
      ...(settings.packed && layout()),
    });
    const names = Object.keys(model.parameters).map((name) => `gradient/${name}`);
    return { lossSum: lossSum![0]!, state: await backend.readState(names) };
  } finally {
    await backend.dispose();
  }
}

const cases: readonly Settings[] = [
  { dropout: 0, packed: false },
  { dropout: 0.2, packed: false },
  { dropout: 0.2, packed: true },
];

describe("native attention in a GPT", () => {
  for (const settings of cases) {
    const title = `dropout ${settings.dropout}${settings.packed ? ", packed rows" : ""}`;

    it(`gives the loss and the gradients of stock operators: ${title}`, async () => {
      const [stock, native] = [await gradients(false, settings), await gradients(true, settings)];
      expect(native.lossSum / stock.lossSum).to.be.closeTo(1, 1e-6);
      for (const [name, { data }] of Object.entries(stock.state)) {
        assertClose(native.state[name]!.data, data as Float32Array, { relative: 1e-5, ofLargest: 1e-5 }, name);
      }
    });

    it(`makes nothing of the size T×T, and neither splits nor joins q, k and v: ${title}`, async () => {
      const { program } = await programOf(settings);
      const [stock, native] = [false, true].map(
        (isNative) => compileGraph(program, { ...cpuTarget, native: isNative }).describe().text,
      );
      const square = new RegExp(`\\[(\\d+,)*${contextLength},${contextLength}\\]`);
      const packed = /\b(Split|Concat)\(/;
      expect(stock).to.match(settings.dropout > 0 ? square : /Softmax/);
      expect(native).not.to.match(square);
      expect(native).not.to.match(packed);
      expect(native!.match(/codex\.PackedCausalAttention\(/g)).to.have.length(2);
      expect(native!.match(/codex\.PackedCausalAttentionGradient\(/g)).to.have.length(2);
    });
  }
});
