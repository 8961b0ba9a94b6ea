import type { Json, Named } from "../contracts/json.js";
import type { Logger } from "../contracts/logger.js";

/** A logger that adds the part's label to each line. */
export function partLogger(logger: Logger, part: string): Logger {
  const add = (fields: Named<Json> | undefined) => ({ part, ...fields });
  return Object.freeze({
    debug: (message, fields) => logger.debug(message, add(fields)),
    info: (message, fields) => logger.info(message, add(fields)),
    warn: (message, fields) => logger.warn(message, add(fields)),
    error: (message, fields) => logger.error(message, add(fields)),
  } satisfies Logger);
}
