import type { JsonObject } from "../contracts/json.js";
import type { OptionsSchema, PluginDefinition } from "../contracts/plugin.js";
import { isCodexError } from "../errors/codex-error.js";
import { collectProviders } from "./collect-providers.js";
import { kernelApiVersion } from "./kernel-api.js";
import type { PluginEntry, ProvidedType } from "./plugin-entry.js";

/**
 * The entry of a plugin that was handed over as a definition. There is no manifest: what it provides is what it
 * registers, and the schemas come from its code.
 */
export async function entryOfDefinition(definition: PluginDefinition): Promise<PluginEntry> {
  const entry = {
    packageName: definition.name,
    version: "",
    folder: "",
    api: `^${kernelApiVersion}`,
    provides: {},
    includes: [],
    definition,
  };
  try {
    const provides: Record<string, Record<string, ProvidedType>> = {};
    for (const { point, type, provider } of collectProviders(definition, definition.name)) {
      const types = provides[point.key] ?? {};
      provides[point.key] = types;
      types[type] = { schema: await schemaOf(provider.options) };
    }
    return { ...entry, provides };
  } catch (error) {
    if (isCodexError(error)) return { ...entry, problem: error };
    throw error;
  }
}

/** A zod schema as JSON Schema; a schema of another library is looked at by its own code only. */
async function schemaOf(options: OptionsSchema<unknown>): Promise<JsonObject> {
  if (options["~standard"].vendor !== "zod") return { type: "object" };
  const { toJSONSchema } = await import("zod");
  const schema = options as unknown as Parameters<typeof toJSONSchema>[0];
  return toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonObject;
}
