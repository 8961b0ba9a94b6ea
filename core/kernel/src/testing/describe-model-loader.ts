import assert from "node:assert/strict";
import type { ModelLoader, ModelPlan, ModelSpec } from "../contracts/model-loader.js";
import { testRunner } from "./test-runner.js";

export interface ModelLoaderSuiteSettings {
  /** Default: 11. */
  readonly vocabSize?: number;
}

/** Conformance suite of the ModelLoader contract, as far as it needs no tensors: plan, description, parameters. */
export function describeModelLoader<Tensor>(
  name: string,
  create: () => ModelLoader<Tensor> | Promise<ModelLoader<Tensor>>,
  settings: ModelLoaderSuiteSettings = {},
): void {
  const { describe, it } = testRunner();
  const spec: ModelSpec = { vocabSize: settings.vocabSize ?? 11, dtype: "float32" };

  describe(`${name} keeps the ModelLoader contract`, () => {
    it("plans what it will load", async () => {
      const loader = await create();
      const [plan, model] = [loader.plan(spec), await loader.load(spec)];
      const sizes = Object.values(model.parameters).map(({ shape }) =>
        shape.reduce((size, length) => size * length, 1),
      );
      const parameterCount = sizes.reduce((sum, size) => sum + size, 0);
      assert.equal(plan.parameterCount, parameterCount);
      assert.equal(plan.parameterBytes, parameterCount * 4);
      assert.equal(plan.contextLength, model.contextLength);
      const { composedBytesPerToken = 0, logitsBytesPerToken = 0 } = plan;
      const costs = [plan.activationBytesPerToken, composedBytesPerToken, logitsBytesPerToken];
      for (const value of [...costs, plan.forwardFlopsPerToken]) {
        assert.ok(Number.isFinite(value) && value >= 0);
      }
    });

    it("plans a smaller model for each smaller size, and stays as it was", async () => {
      const loader = await create();
      const need = (plan: ModelPlan) => [plan.parameterBytes, plan.activationBytesPerToken, plan.contextLength];
      const before = need(loader.plan(spec));
      for (const [size, value] of Object.entries(loader.sizes ?? {})) {
        assert.ok(Number.isSafeInteger(value) && value >= 1, size);
        const least = need(loader.resized!(size, 1).plan(spec));
        assert.ok(
          least.every((bytes, index) => bytes <= before[index]!),
          `${size} 1 needs no more than ${size} ${value}`,
        );
      }
      assert.deepEqual(need(loader.plan(spec)), before);
    });

    it("loads a model of the asked vocabulary, with a description that JSON can carry", async () => {
      const model = await (await create()).load(spec);
      assert.equal(model.vocabSize, spec.vocabSize);
      assert.ok(Number.isSafeInteger(model.contextLength) && model.contextLength > 0);
      assert.deepEqual(JSON.parse(JSON.stringify(model.description)), model.description);
    });

    it("initializes each parameter, in order, to finite values of its size", async () => {
      const model = await (await create()).load(spec);
      const initial = [...model.initialize(3)];
      assert.deepEqual(
        initial.map(([parameter]) => parameter),
        Object.keys(model.parameters),
      );
      for (const [parameter, values] of initial) {
        const { shape, dtype } = model.parameters[parameter]!;
        assert.equal(dtype, "float32");
        assert.equal(
          values.length,
          shape.reduce((size, length) => size * length, 1),
          parameter,
        );
        assert.ok(values.every(Number.isFinite), parameter);
      }
    });

    it("gives the same bits for the same seed, and others for another", async () => {
      const valuesOf = async (seed: number) => [...(await (await create()).load(spec)).initialize(seed)];
      assert.deepEqual(await valuesOf(3), await valuesOf(3));
      assert.notDeepEqual(await valuesOf(3), await valuesOf(4));
    });

    it("tells the cache of decoding for a batch and a capacity", async () => {
      const model = await (await create()).load(spec);
      for (const { shape, dtype } of Object.values(model.cacheSpecs(2, 5))) {
        assert.ok(dtype === "float32" || dtype === "int32");
        assert.ok(shape.every((length) => Number.isSafeInteger(length) && length > 0));
      }
    });
  });
}
