import type { JsonObject } from "../contracts/json.js";
import { loggingSchema } from "../logging/logging-section.js";
import { kernelPoints, pointsOfSection } from "../plugins/points.js";
import type { ConfigOrigin } from "./config-origin.js";
import { type ConfigMap, type ConfigNode, isMapNode, type MapNode } from "./config-tree.js";
import { mergeTrees } from "./merge-trees.js";
import { treeOfValue } from "./tree-of-value.js";

/** Sections that parts fill, in the order in which configs are written. */
export const partSections: readonly string[] = [...new Set(kernelPoints.map((point) => point.section))];

/** Sections that hold parts by name. */
export function isSectionOfMany(section: string): boolean {
  return pointsOfSection(section)[0]?.cardinality === "many";
}

/** What each section is for, in a line. */
export const sectionDescriptions: { readonly [section: string]: string } = {
  run: "The run as a whole: its name, its seed, where its files go.",
  data: "The texts to train on, and how they become batches.",
  tokenizer: "How text becomes token ids.",
  model: "The model that is trained.",
  objective: "What is minimized.",
  optimizer: "How gradients change the parameters.",
  schedule: "The learning rate over the steps.",
  trainer: "The training loop: how long, in what batches, when it evaluates and when it stops.",
  evaluator: "How a checkpoint is measured.",
  metric: "What is measured beside loss, perplexity, accuracy and bits per byte, by name.",
  generator: "How text is written.",
  compute: "What computes, and where.",
  checkpoint: "When checkpoints are written, and which are kept.",
  tracker: "Where a run's records go, by name.",
  safety: "What inspects texts, by name.",
  callback: "Code that is called during training, by name.",
  logging: "The run's log.",
};

/** Options of the section `run`. */
const runSchema: JsonObject = {
  type: "object",
  properties: {
    name: {
      type: "string",
      pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
      description:
        "Part of the run's id: letters, digits, dots, dashes and underscores. A preset's name is its run's, too.",
      default: "run",
      "x-codex-effect": "observing",
    },
    seed: {
      type: "integer",
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: "Seed of all randomness: initial weights, order of the data, dropout.",
      default: 1337,
    },
    requireExact: {
      type: "boolean",
      description:
        "Whether to refuse a resume whose numbers would not be those of an uninterrupted run, to the bit. Left out: no, it is warned of.",
      "x-codex-effect": "observing",
    },
    outputDir: {
      type: "string",
      minLength: 1,
      description: "The run's folder. Left out: a folder of its own below runs/.",
      "x-codex-effect": "observing",
    },
    tags: {
      type: "object",
      additionalProperties: { type: ["string", "number", "boolean"] },
      description: "Tags that every tracker gets, beside those of the environment. Left out: none.",
      "x-codex-effect": "observing",
    },
    parent: {
      type: "string",
      minLength: 1,
      description: "The runId of the run that this one is a part of; trackers show it below that one. Left out: none.",
      "x-codex-effect": "observing",
    },
    cacheDir: {
      type: "string",
      minLength: 1,
      description: "Folder for what can be made again, such as token files.",
      default: ".codex/cache",
      "x-codex-effect": "observing",
    },
    systemMetrics: {
      description: "How often the machine and the process are measured (metrics `system/…`), or false for never.",
      anyOf: [
        {
          type: "object",
          properties: {
            everySeconds: {
              type: "number",
              minimum: 0.1,
              maximum: 86_400,
              description: "Time between two samples.",
              "x-codex-unit": "seconds",
            },
          },
          additionalProperties: false,
        },
        { const: false },
      ],
      default: { everySeconds: 10 },
      "x-codex-effect": "observing",
    },
  },
  additionalProperties: false,
};

/** Options of the sections that no part fills: they are the kernel's own. */
export const kernelSections: ReadonlyMap<string, JsonObject> = new Map([
  ["run", runSchema],
  ["logging", loggingSchema],
]);

/** All keys at a config's root. */
export const rootKeys: readonly string[] = ["run", ...partSections, "logging"];

/** Sections that a config must have, because nobody could guess them. */
export const sectionsWithoutDefault: readonly string[] = ["data", "tokenizer", "model"];

/** What a config gets where it says nothing. */
export const sectionDefaults: JsonObject = {
  objective: { type: "next-token" },
  optimizer: { type: "adamw" },
  schedule: { type: "cosine" },
  trainer: { type: "lm" },
  evaluator: { type: "lm" },
  generator: { type: "lm" },
  compute: { type: "onnx" },
  checkpoint: { type: "local" },
  tracker: { files: {} },
  safety: {},
};

/**
 * Lays a config over the kernel's defaults. A section of one part takes the default type where it names none; a
 * section of several takes the default parts only where it is absent.
 */
export function overSectionDefaults(tree: MapNode): ConfigNode {
  const origin: ConfigOrigin = { kind: "default", name: "codex-core" };
  const defaults = treeOfValue(sectionDefaults, origin) as MapNode;
  const used: ConfigMap = new Map(
    [...defaults.content].filter(([section]) => !isSectionOfMany(section) || !tree.content.has(section)),
  );
  return mergeTrees({ ...defaults, content: used }, tree);
}

/** Reads an empty section, and an empty instance of several, as a map: `tracker:` with `files:` below it. */
export function fillEmptySections(tree: ConfigNode): ConfigNode {
  if (!isMapNode(tree)) return tree;
  const filled = (node: ConfigNode): ConfigNode => (node.content === null ? { ...node, content: new Map() } : node);
  const content: ConfigMap = new Map();
  for (const [key, node] of tree.content) {
    const section = rootKeys.includes(key) ? filled(node) : node;
    const instances = isSectionOfMany(key) && isMapNode(section);
    const parts = instances ? new Map([...section.content].map(([name, part]) => [name, filled(part)])) : undefined;
    content.set(key, parts ? { ...section, content: parts } : section);
  }
  return { ...tree, content };
}
