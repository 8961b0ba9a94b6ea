import { definePlugin, MetricPoint } from "codex-core";
import { z } from "zod";
import { choiceAccuracyMetric } from "./choices/choice-accuracy.js";
import { exactMatchMetric, f1Metric } from "./text/answers.js";
import { bleuMetric, bleuOptions } from "./text/bleu.js";
import { chrfMetric, chrfOptions } from "./text/chrf.js";
import { distinctMetric, distinctOptions, repetitionMetric, repetitionOptions } from "./text/diversity.js";
import { rougeMetric, rougeOptions } from "./text/rouge.js";
import { accuracyMetric, accuracyOptions } from "./tokens/accuracy.js";
import { calibrationErrorMetric, calibrationOptions } from "./tokens/calibration-error.js";
import { bitsPerByteMetric, lossMetric, perplexityMetric, perplexityOptions } from "./tokens/likelihood.js";

const none = z.strictObject({});

export default definePlugin({
  name: "codex-plugin-metrics-text",
  register(registrar) {
    registrar.provide(MetricPoint, "loss", {
      options: none.describe("Mean −ln p of the tokens, in nats."),
      create: lossMetric,
    });
    registrar.provide(MetricPoint, "perplexity", {
      options: perplexityOptions,
      create: (_, options) => perplexityMetric(options),
    });
    registrar.provide(MetricPoint, "bits-per-byte", {
      options: none.describe("Bits to tell a byte of the text (UTF-8)."),
      create: bitsPerByteMetric,
    });
    registrar.provide(MetricPoint, "accuracy", {
      options: accuracyOptions,
      create: (_, options) => accuracyMetric(options),
    });
    registrar.provide(MetricPoint, "calibration-error", {
      options: calibrationOptions,
      create: (_, options) => calibrationErrorMetric(options),
    });
    registrar.provide(MetricPoint, "choice-accuracy", {
      options: none.describe("Share of questions whose right answer is the likeliest."),
      create: choiceAccuracyMetric,
    });
    registrar.provide(MetricPoint, "bleu", { options: bleuOptions, create: (_, options) => bleuMetric(options) });
    registrar.provide(MetricPoint, "chrf", { options: chrfOptions, create: (_, options) => chrfMetric(options) });
    registrar.provide(MetricPoint, "rouge", { options: rougeOptions, create: (_, options) => rougeMetric(options) });
    registrar.provide(MetricPoint, "exact-match", {
      options: none.describe("Share of texts that equal a reference."),
      create: exactMatchMetric,
    });
    registrar.provide(MetricPoint, "f1", {
      options: none.describe("Mean F of the words shared with the best reference."),
      create: f1Metric,
    });
    registrar.provide(MetricPoint, "distinct", {
      options: distinctOptions,
      create: (_, options) => distinctMetric(options),
    });
    registrar.provide(MetricPoint, "repetition", {
      options: repetitionOptions,
      create: (_, options) => repetitionMetric(options),
    });
  },
});
