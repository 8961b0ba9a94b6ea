import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { ComputeBackend } from "codex-core";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { LocalCheckpointStore, localCheckpointOptions } from "codex-plugin-checkpoint-local";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { createWasmBackend } from "codex-plugin-compute-wasm";
import { silent, type TinyRunSettings, tinyRun } from "../support/tiny-run.js";

const backends: { readonly [name: string]: () => Promise<ComputeBackend<Tensor>> } = {
  wasm: () => createWasmBackend(),
  onnx: () => createOnnxBackend(computeOnnxOptions.parse({})),
};

describe("a run that is resumed from files", function () {
  this.timeout(120_000);
  afterEach(removeTemporaryFolders);

  for (const [name, open] of Object.entries(backends)) {
    it(`writes the same files as an uninterrupted one on ${name}`, async () => {
      const options = {
        maxSteps: 5,
        gradAccumSteps: 2,
        evalEvery: 2,
        guard: { maxSkippedSteps: 0, spikeWarmupSteps: 1 },
      };

      /** Trains in a folder, on a backend of its own, and gives the folder's store. */
      async function train(run: string, change: TinyRunSettings = {}): Promise<LocalCheckpointStore> {
        const compute = await open();
        const checkpoint = new LocalCheckpointStore(localCheckpointOptions.parse({ every: 3 }), run, silent);
        try {
          await tinyRun({ dropout: 0.3, options, ...change, parts: { compute, checkpoint } });
        } finally {
          await compute.dispose();
        }
        return checkpoint;
      }

      const [whole, broken] = [await createTemporaryFolder(), await createTemporaryFolder()];
      await train(whole);
      const store = await train(broken, { answer: ({ step }) => (step === 3 ? { stop: "break" } : {}) });
      const resumeFrom = await store.load(join(broken, "checkpoints", "step-00000003"));
      await train(broken, { resumeFrom });
      for (const file of ["model.safetensors", "optimizer.safetensors"]) {
        const [expected, found] = await Promise.all(
          [whole, broken].map((run) => readFile(join(run, "checkpoints", "step-00000005", file))),
        );
        expect((found as Buffer).equals(expected as Buffer), file).to.equal(true);
      }
      const states = [whole, broken].map(
        async (run) => (await store.load(join(run, "checkpoints/step-00000005"))).parts,
      );
      expect(await states[1]).to.deep.equal(await states[0]);
    });
  }
});
