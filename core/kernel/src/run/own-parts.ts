import type { Json, JsonObject, Named } from "../contracts/json.js";
import { definePlugin, type OptionsSchema, type PluginDefinition } from "../contracts/plugin.js";
import { partErrors } from "../errors/part-errors.js";
import { nearestName } from "../plugins/nearest-name.js";
import { kernelPoints, pointsOfSection } from "../plugins/points.js";
import { isJsonObject } from "../plugins/read-json-file.js";

/** The type that the config shows for a part of the caller's own. */
const ownType = "own";

/**
 * The caller's parts as a plugin, so that configs that name their type can be checked. The parts themselves are put in
 * place by the container.
 *
 * @throws CODEX_PART_REPLACEMENT for a name that is no point's
 */
export function definitionOfParts(parts: Named<object>): readonly PluginDefinition[] {
  const keys = Object.keys(parts);
  const points = kernelPoints.filter((point) => keys.includes(point.key));
  const unknown = keys.find((key) => !kernelPoints.some((point) => point.key === key));
  if (unknown !== undefined) {
    const names = kernelPoints.map((point) => point.key);
    const near = nearestName(unknown, names);
    throw partErrors.CODEX_PART_REPLACEMENT({
      what: `There is no contribution point "${unknown}".${near ? ` Did you mean "${near}"?` : ""}`,
      where: `createKernel → parts.${unknown}`,
      why: `Points: ${names.join(", ")}.`,
    });
  }
  if (points.length === 0) return [];
  const neverCalled = () => Promise.reject(new TypeError("the caller's own part is put in place by the container"));
  return [
    definePlugin({
      name: "own-parts",
      register(registrar) {
        for (const point of points) registrar.provide(point, ownType, { options: anyOptions, create: neverCalled });
      },
    }),
  ];
}

/** A config that names the type of the caller's parts where they take the place of a whole section. */
export function withOwnParts(config: JsonObject, parts: Named<object>): JsonObject {
  const named: Record<string, Json> = { ...config };
  for (const point of kernelPoints.filter((each) => Object.hasOwn(parts, each.key))) {
    const section = isJsonObject(named[point.section]) ? (named[point.section] as JsonObject) : {};
    if (point.cardinality === "one") {
      const whole = pointsOfSection(point.section).every((each) => Object.hasOwn(parts, each.key));
      if (whole) named[point.section] = { ...section, type: ownType };
      continue;
    }
    const instances: Record<string, Json> = { ...section };
    for (const name of Object.keys(parts[point.key]!)) {
      instances[name] = { ...(isJsonObject(section[name]) ? section[name] : {}), type: ownType };
    }
    named[point.section] = instances;
  }
  return named;
}

const anyOptions: OptionsSchema<unknown> = {
  "~standard": { version: 1, vendor: "codex", validate: (value) => ({ value }) },
};
