import type { JsonObject } from "../contracts/json.js";

/** What a run needs of a resolved config. */
export interface RunConfig {
  /** Sections and options, completed by defaults, secrets included. */
  readonly value: JsonObject;
  /** The same with secrets left out. */
  redacted(): JsonObject;
  /** The redacted config as YAML. */
  toYaml(): string;
}
