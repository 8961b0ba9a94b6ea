import type { JsonObject } from "../contracts/json.js";
import { kernelPoints } from "../plugins/points.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { type LogLevel, logLevels } from "./log-line.js";

/** The component of what no part says. */
export const kernelComponent = "kernel";

const levelSchema: JsonObject = { type: "string", enum: logLevels };
const components = [kernelComponent, ...kernelPoints.map((point) => point.key)];

/** Options of the section `logging`. None of them changes a number of a run. */
export const loggingSchema: JsonObject = {
  type: "object",
  "x-codex-effect": "observing",
  properties: {
    level: {
      ...levelSchema,
      description: "The least grave lines that are kept.",
      default: "info",
    },
    levels: {
      type: "object",
      description:
        "Levels of single parts, by their labels: { trainer: debug, tracker.mlflow: warn }. Left out: `level` for all.",
      propertyNames: {
        pattern: `^(?:${components.join("|")})(?:\\..+)?$`,
        description: `a part's label, which begins with one of ${components.join(", ")}`,
      },
      additionalProperties: levelSchema,
    },
    stderr: {
      type: "string",
      enum: ["none", "human", "json"],
      description: "In which form lines go to stderr as well.",
      default: "none",
    },
    maxFileBytes: {
      type: "integer",
      minimum: 4096,
      description: "Size at which log.ndjson is put aside, as log.1.ndjson, and begun anew.",
      "x-codex-unit": "bytes",
      default: 16 * 1024 * 1024,
    },
    maxFiles: {
      type: "integer",
      minimum: 1,
      maximum: 100,
      description: "Log files that are kept, log.ndjson among them.",
      "x-codex-unit": "files",
      default: 5,
    },
  },
  additionalProperties: false,
};

/** The section `logging`, with what holds when nothing is said. */
export interface LoggingSection {
  readonly level: LogLevel;
  readonly levels: { readonly [component: string]: LogLevel };
  readonly stderr: "none" | "human" | "json";
  readonly maxFileBytes: number;
  readonly maxFiles: number;
}

/** @param config a resolved config's value, which was checked */
export function readLoggingSection(config: JsonObject): LoggingSection {
  const said = (isJsonObject(config.logging) ? config.logging : {}) as Partial<LoggingSection>;
  const { level = "info", levels = {}, stderr = "none", maxFileBytes = 16 * 1024 * 1024, maxFiles = 5 } = said;
  return { level, levels, stderr, maxFileBytes, maxFiles };
}
