import type { Json, Named } from "./json.js";

/** The structured log of a run. Fields are data, not text to format. */
export interface Logger {
  debug(message: string, fields?: Named<Json>): void;
  info(message: string, fields?: Named<Json>): void;
  warn(message: string, fields?: Named<Json>): void;
  error(message: string, fields?: Named<Json>): void;
}
