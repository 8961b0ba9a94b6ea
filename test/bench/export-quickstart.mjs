// Writes what test/bench/peers/quickstart.py needs to train the quickstart in PyTorch: initial weights, every batch of
// the run, the held-out split, and the settings.
//
//   node test/bench/export-quickstart.mjs FOLDER [--seed 1337] [key=value …]
import { mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { BatchSourcePoint, ModelPoint, TokenizerPoint } from "codex-core";
import { createKernel } from "codex-core/kernel";
import { writeSafetensors } from "codex-plugin-checkpoint-local/safetensors";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: "string" } } });
const [target, ...overrides] = positionals;
const folder = resolve(target);
mkdirSync(folder, { recursive: true });
const seedOverride = values.seed ? [`run.seed=${values.seed}`] : [];

/** Stands in for the trainer: writes what it would have trained with. */
class Exporter {
  static dependencies = { batches: BatchSourcePoint, model: ModelPoint, tokenizer: TokenizerPoint };

  constructor(parts) {
    this.parts = parts;
  }

  async train(run) {
    const { model: options, trainer, optimizer, schedule } = preset.config.value;
    const model = await this.parts.model.load({ vocabSize: this.parts.tokenizer.vocabSize, dtype: "float32" });
    const weights = {};
    for (const [name, data] of model.initialize(run.seed)) weights[name] = { ...model.parameters[name], data };
    await writeSafetensors(join(folder, "model.safetensors"), weights);

    const shape = { microBatch: trainer.microBatch, contextLength: options.contextLength };
    const train = await this.parts.batches.open("train", shape);
    const trainFile = openSync(join(folder, "train.int32"), "w");
    for (let position = 0; position < trainer.maxSteps; position += 1) {
      const { tokenIds, targetIds } = await train.read(position);
      writeSync(trainFile, tokenIds);
      writeSync(trainFile, targetIds);
    }
    const heldOut = await this.parts.batches.open("validation", shape);
    const heldOutFile = openSync(join(folder, "validation.int32"), "w");
    const maskFile = openSync(join(folder, "validation-mask.float32"), "w");
    for (let position = 0; position < heldOut.microBatchesPerEpoch; position += 1) {
      const { tokenIds, targetIds, lossMask } = await heldOut.read(position);
      writeSync(heldOutFile, tokenIds);
      writeSync(heldOutFile, targetIds);
      writeSync(maskFile, lossMask);
    }
    const { layerCount, headCount, embedDim } = options;
    const { maxSteps, clipNorm } = trainer;
    const { warmupSteps, minLearningRate } = schedule;
    const { learningRate, weightDecay, betas, epsilon } = optimizer;
    const settings = { ...shape, layerCount, headCount, embedDim, maxSteps, clipNorm, warmupSteps, minLearningRate };
    Object.assign(settings, { learningRate, weightDecay, betas, epsilon });
    writeFileSync(join(folder, "settings.json"), JSON.stringify(settings, null, 1));
    return { status: "finished", reason: "exported", step: 0, metrics: {} };
  }
}

// The preset as it is, for its settings; and with the exporter in the trainer's place.
const preset = await createKernel({ preset: "quickstart", overrides: [...seedOverride, ...overrides] });
const exporting = await createKernel({
  preset: "quickstart",
  overrides: [...seedOverride, `+run.outputDir=${join(folder, "run")}`],
  parts: { trainer: Exporter },
});
await exporting.train();
await exporting.dispose();
await preset.dispose();
