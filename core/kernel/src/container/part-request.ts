import type { ContributionPoint } from "../contracts/contribution-point.js";
import type { Json, JsonObject } from "../contracts/json.js";
import { isJsonObject } from "../plugins/read-json-file.js";

/** One part that a config asks for. */
export interface PartRequest {
  readonly point: ContributionPoint<unknown>;
  /** The instance: the type, or the key in a map of several. */
  readonly name: string;
  /** `tokenizer`, `tracker.nightly`: as messages and checkpoints name the part. */
  readonly label: string;
  /** As the config writes it. Absent when the section is, and the caller brings the part. */
  readonly type?: string;
  readonly options: JsonObject;
  /** A failure of this part is not the run's, whatever the point's policy says. */
  readonly optional: boolean;
}

/** The parts that a config asks for at one point, in the order of the config. */
export function partRequests(config: JsonObject, point: ContributionPoint<unknown>): readonly PartRequest[] {
  const section = Object.hasOwn(config, point.section) ? config[point.section] : undefined;
  if (!isJsonObject(section)) return [];
  if (point.cardinality === "one") return [request(point, point.key, section, undefined)];
  return Object.entries(section).map(([key, entry]) => {
    return request(point, `${point.key}.${key}`, isJsonObject(entry) ? entry : {}, key);
  });
}

function request(
  point: ContributionPoint<unknown>,
  label: string,
  entry: JsonObject,
  key: string | undefined,
): PartRequest {
  const { type, optional, ...options } = entry as Record<string, Json>;
  const named = typeof type === "string" ? type : key;
  return { point, name: key ?? named ?? point.key, label, type: named, options, optional: optional === true };
}
