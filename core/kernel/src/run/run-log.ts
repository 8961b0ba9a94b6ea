import { createWriteStream } from "node:fs";
import winston from "winston";
import type { Json, Named } from "../contracts/json.js";
import type { Logger } from "../contracts/logger.js";
import { withTimeLimit } from "../plugins/time-limit.js";

/** The structured log of a run: `log.ndjson`, `{ time, level, message, …fields }` a line. */
export interface RunLog extends Logger {
  close(): Promise<void>;
}

export function createRunLog(path: string): RunLog {
  const stream = createWriteStream(path, { flags: "a" });
  stream.on("error", () => undefined);
  const logger = winston.createLogger({
    level: "debug",
    format: winston.format.printf(({ level, message, fields }) => formatLine(level, message, fields)),
    transports: [new winston.transports.Stream({ stream })],
  });
  let closed = false;
  const write = (level: string) => (message: string, fields?: Named<Json>) => {
    if (!closed) logger.log(level, message, { fields });
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    close: async () => {
      closed = true;
      const written = new Promise<void>((resolve) => {
        logger.once("finish", () => stream.end(resolve)).end();
      });
      await withTimeLimit(written, 2000, () => new Error("the log did not close")).catch(() => undefined);
    },
  };
}

function formatLine(level: string, message: unknown, fields: unknown): string {
  return JSON.stringify({ time: new Date().toISOString(), level, message, ...(fields as Named<Json> | undefined) });
}
