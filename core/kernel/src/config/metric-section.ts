import type { JsonObject } from "../contracts/json.js";
import { isJsonObject } from "../plugins/read-json-file.js";

/** The metrics that a config names; none where it has no such section. */
export function metricSection({ metric }: JsonObject): JsonObject {
  return isJsonObject(metric) ? metric : {};
}
