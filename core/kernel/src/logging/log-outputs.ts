import { Writable } from "node:stream";
import winston from "winston";
import { withTimeLimit } from "../plugins/time-limit.js";
import { humanLine, jsonLine, type LogLine, logLevels } from "./log-line.js";
import { kernelComponent, type LoggingSection } from "./logging-section.js";
import { RotatingFile } from "./rotating-file.js";

const maxWaiting = 1000;

/** Where the lines of one log go: to stderr where the config says so, and to the run's file once there is one. */
export class LogOutputs {
  readonly #logger: winston.Logger;
  #waiting: string[] = [];
  #file: RotatingFile | undefined;
  #isClosed = false;

  /** @param print takes lines for stderr, with their ends; it may fail */
  constructor(
    readonly section: LoggingSection,
    print: (text: string) => void,
  ) {
    const { stderr } = section;
    const toFile = transport(jsonLine, (line) => this.#toFile(line));
    const shown = stderr === "none" ? [] : [transport(stderr === "json" ? jsonLine : humanLine, print)];
    this.#logger = winston.createLogger({
      levels: Object.fromEntries(logLevels.map((level, index) => [level, index])),
      level: logLevels.at(-1),
      transports: [toFile, ...shown],
    });
  }

  /** Writes a line before it returns; none once it is closed. */
  write(line: LogLine): void {
    if (this.#isClosed) return;
    this.#logger.log({ level: line.level, message: line.message, line });
  }

  /** Begins to write the file, first the lines of before. */
  openFile(path: string): void {
    const { maxFileBytes, maxFiles } = this.section;
    this.#file = new RotatingFile({ path, maxBytes: maxFileBytes, maxFiles, lossLine });
    for (const line of this.#waiting.splice(0)) this.#file.append(line);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const written = new Promise<void>((resolve) => {
      this.#logger.once("finish", resolve).end();
    });
    await withTimeLimit(written, 2000, () => new Error("the log did not close")).catch(() => undefined);
    this.#file?.close();
  }

  #toFile(line: string): void {
    if (this.#file) this.#file.append(line);
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(line);
  }
}

/** A transport that hands each line in its form, with its end, to a function; what that throws is nobody's concern. */
function transport(form: (line: LogLine) => string, take: (text: string) => void): winston.transport {
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _, next) {
      try {
        take(text);
      } catch {
        // Nobody reads stderr any more, or it takes nothing now.
      }
      next();
    },
  });
  const format = winston.format.printf((entry) => form(entry.line as LogLine));
  return new winston.transports.Stream({ stream, format, eol: "\n" });
}

function lossLine(count: number, reason: string): string {
  const message = "lines of this log were lost";
  const line = { timeMs: Date.now(), level: "error", component: kernelComponent, message } as const;
  return `${jsonLine({ ...line, fields: { count, reason } })}\n`;
}
