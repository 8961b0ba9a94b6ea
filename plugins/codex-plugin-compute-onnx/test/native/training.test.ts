import { expect } from "chai";
import type { TypedArray } from "codex-core";
import { assertClose } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { createSeparateBackend } from "../support/separate-backend.js";
import { type TinyTraining, trainTinyGpt } from "../support/tiny-gpt.js";

async function trained(options: object, training: TinyTraining) {
  const backend = await createOnnxBackend(computeOnnxOptions.parse(options));
  try {
    return await trainTinyGpt(backend, training);
  } finally {
    await backend.dispose();
  }
}

async function trainedSeparately(training: TinyTraining) {
  const backend = await createSeparateBackend();
  try {
    return await trainTinyGpt(backend, training);
  } finally {
    await backend.dispose();
  }
}

const bytesOf = (data: TypedArray) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

type Trained = Awaited<ReturnType<typeof trained>>;

/** Says which losses or tensors differ. */
function differences(a: Trained, b: Trained): string[] {
  const states = Object.keys(a.state).filter(
    (name) => Buffer.compare(bytesOf(a.state[name]!.data), bytesOf(b.state[name]!.data)) !== 0,
  );
  return [...states, ...(a.losses.join() === b.losses.join() ? [] : ["losses"])];
}

describe("training by native operators", () => {
  for (const microSteps of [1, 4]) {
    for (const clipNorm of [undefined, 0.5]) {
      const what = `${clipNorm === undefined ? "without clipping" : "with clipping"}, at ${microSteps} microSteps`;
      it(`gives the bits of state that is never written in place, ${what}`, async () => {
        const training = { steps: 3, microSteps, clipNorm };
        expect(differences(await trained({}, training), await trainedSeparately(training))).to.deep.equal([]);
      });
    }
  }

  it("gives the same bits again, and with 1, 2 and 4 threads", async () => {
    for (const clipNorm of [1, 0.5]) {
      const training = { steps: 3, microSteps: 2, clipNorm };
      const expected = await trained({ threads: 1 }, training);
      for (const threads of [1, 2, 4]) {
        expect(differences(await trained({ threads }, training), expected), `${threads} threads`).to.deep.equal([]);
      }
    }
  });

  it("gives the losses and gradients of stock operators, but for their rounding", async () => {
    const training = { steps: 1, microSteps: 2 };
    const [native, stock] = [await trained({}, training), await trained({ native: false }, training)];
    assertClose(native.losses, stock.losses, { relative: 1e-6, ofLargest: 0 }, "losses");
    for (const [name, { data }] of Object.entries(stock.state)) {
      if (!name.startsWith("gradient/")) continue;
      assertClose(native.state[name]!.data, data, { relative: 1e-5, ofLargest: 1e-5 }, name);
    }
    expect(differences(native, stock), "native operators were not used").to.not.deep.equal([]);
  });

  it("follows stock operators within 1e-5, in losses and gradients, where gradients accumulate too", async () => {
    const training = { steps: 3, microSteps: 2, clipNorm: 0.5 };
    const [native, stock] = [await trained({}, training), await trained({ native: false }, training)];
    assertClose(native.losses, stock.losses, { relative: 1e-5, ofLargest: 0, absolute: 0 }, "losses");
    for (const [name, { data }] of Object.entries(stock.state)) {
      if (!name.startsWith("gradient/")) continue;
      assertClose(native.state[name]!.data, data, { relative: 0, ofLargest: 1e-4, absolute: 0 }, name); // after two updates each
    }
  });
});
