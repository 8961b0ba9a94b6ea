import { MetricPoint } from "codex-core";
import { createFromPlugin, describeMetric } from "codex-core/testing";
import plugin from "codex-plugin-metrics-text";

const optionsOf: { readonly [title: string]: readonly [type: string, options?: object] } = {
  loss: ["loss"],
  perplexity: ["perplexity"],
  "perplexity per byte": ["perplexity", { per: "byte" }],
  "perplexity per word": ["perplexity", { per: "word" }],
  "bits-per-byte": ["bits-per-byte"],
  accuracy: ["accuracy"],
  "accuracy of five": ["accuracy", { top: 5 }],
  "calibration-error": ["calibration-error"],
  "choice-accuracy": ["choice-accuracy"],
  bleu: ["bleu"],
  chrf: ["chrf"],
  "chrf of words too": ["chrf", { wordOrder: 2 }],
  rouge: ["rouge"],
  "rouge by stems": ["rouge", { stemmer: true }],
  "exact-match": ["exact-match"],
  f1: ["f1"],
  distinct: ["distinct"],
  repetition: ["repetition", { order: 2 }],
};

for (const [title, [type, options = {}]] of Object.entries(optionsOf)) {
  describeMetric(`metric ${title}`, () => createFromPlugin(plugin, MetricPoint, type, { options }));
}
