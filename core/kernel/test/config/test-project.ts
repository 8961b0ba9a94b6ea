import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { isCodexError, type JsonObject } from "codex-core";
import type { ConfigProblem } from "#src/config/config-problem.js";
import { type ConfigSettings, loadConfig } from "#src/config/load-config.js";
import type { ResolvedConfig } from "#src/config/resolved-config.js";
import { PluginCatalogue } from "#src/plugins/catalogue.js";
import type { PluginEntry } from "#src/plugins/plugin-entry.js";
import { createTemporaryFolder } from "#src/testing/temporary-folder.js";

const whole = (byDefault?: number): JsonObject =>
  byDefault === undefined ? { type: "integer", minimum: 1 } : { type: "integer", minimum: 1, default: byDefault };

function options(properties: JsonObject, required: readonly string[] = []): JsonObject {
  return { type: "object", properties, additionalProperties: false, ...(required.length > 0 ? { required } : {}) };
}

const text = {
  ...options({
    paths: { type: "array", items: { type: "string" } },
    mixture: {
      type: "object",
      propertyNames: { type: "string", pattern: "^[a-z]+$", description: "a word of a-z" },
      additionalProperties: options({ weight: { type: "number" } }),
    },
    shuffle: { type: "boolean", default: true },
    heldOut: { type: "string" },
    dataset: { type: "string" },
    fingerprint: { type: "string" },
  }),
  oneOf: [{ required: ["paths"] }, { required: ["mixture"] }],
};

const provides: { readonly [point: string]: { readonly [type: string]: JsonObject } } = {
  corpus: { text },
  batchSource: { text },
  tokenizer: {
    char: options({ minCount: whole(1) }),
    bpe: options({ encoding: { type: "string", enum: ["gpt2", "cl100k_base"], default: "gpt2" } }),
  },
  model: {
    gpt: options({ layerCount: whole(12), headCount: whole(12), dropout: { type: "number", minimum: 0, default: 0 } }),
  },
  objective: { "next-token": options({}) },
  optimizer: {
    adamw: options({
      learningRate: { type: "number", exclusiveMinimum: 0, default: 0.001, description: "Peak learning rate." },
      betas: { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2, default: [0.9, 0.95] },
    }),
    sgd: options({ learningRate: { type: "number", default: 0.1 }, momentum: { type: "number", default: 0 } }),
  },
  schedule: { cosine: options({ warmupSteps: { type: "integer", minimum: 0, default: 0 } }) },
  trainer: {
    lm: options({
      maxSteps: whole(),
      maxEpochs: { type: "number", description: "Passes over the data." },
      verbose: { type: "boolean", default: false },
      guard: { ...options({ maxSkippedSteps: whole(10) }), default: {} },
      earlyStopping: options({ patience: whole(), mode: { type: "string", enum: ["min", "max"], default: "min" } }, [
        "patience",
      ]),
    }),
  },
  evaluator: { lm: options({}) },
  generator: { lm: options({}) },
  compute: { onnx: options({ device: { type: "string", default: "auto" }, dtype: { type: "string" } }) },
  checkpoint: { local: options({ every: whole() }) },
  tracker: {
    files: options({}),
    remote: options({
      url: { type: "string", default: "http://localhost" },
      token: { type: "string", writeOnly: true },
      retries: { type: "integer", default: 3 },
      server: { type: "string", pattern: "^(?!.*@)", description: "An address without a user." },
      mode: { anyOf: [{ type: "string", enum: ["on", "off"] }, { type: "number" }], default: "on" },
      login: { ...options({ user: { type: "string" }, password: { type: "string" } }), writeOnly: true },
    }),
  },
  safety: { policy: options({ rules: { type: "string" } }, ["rules"]) },
};

/** A plugin's entry with these types. */
export function pluginEntry(packageName: string, types: typeof provides, more: Partial<PluginEntry> = {}): PluginEntry {
  const schemas = Object.entries(types).map(([point, of]) => [
    point,
    Object.fromEntries(Object.entries(of).map(([type, schema]) => [type, { schema }])),
  ]);
  const entry = { packageName, version: "1.0.0", folder: `/p/${packageName}`, api: "^1.0", includes: [] };
  return { ...entry, provides: Object.fromEntries(schemas), ...more };
}

export const standardEntry = pluginEntry("codex-plugin-standard", provides);

/** A base preset with the three sections that have no default. */
export const basePreset = `data: { type: text, paths: [book.txt] }
tokenizer: { type: char }
model: { type: gpt }
`;

export interface TestProject {
  readonly folder: string;
  load(settings?: Partial<ConfigSettings>): Promise<ResolvedConfig>;
  /** Loads, expects it to fail, and gives the error with its problems. */
  fail(settings?: Partial<ConfigSettings>): Promise<FailedLoad>;
}

export interface FailedLoad {
  readonly code: string;
  readonly text: string;
  readonly problems: readonly ConfigProblem[];
}

/** A project in a temporary folder; `base` is always there as a preset. */
export async function createProject(
  files: { readonly [path: string]: string } = {},
  ...entries: readonly PluginEntry[]
): Promise<TestProject> {
  const folder = await createTemporaryFolder();
  for (const [path, content] of Object.entries({ "package.json": "{}", "configs/base.yaml": basePreset, ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const catalogue = new PluginCatalogue([standardEntry, ...entries], ["node_modules"]);
  const load = (settings: Partial<ConfigSettings> = {}): Promise<ResolvedConfig> =>
    loadConfig({ projectFolder: folder, catalogue, environment: {}, preset: "base", ...settings });
  return {
    folder,
    load,
    async fail(settings) {
      const error: unknown = await load(settings).then(
        () => expect.fail("the config was accepted"),
        (thrown: unknown) => thrown,
      );
      if (!isCodexError(error)) throw error;
      const { problems = [] } = error as { readonly problems?: readonly ConfigProblem[] };
      return { code: error.code, text: error.toString(), problems };
    },
  };
}
