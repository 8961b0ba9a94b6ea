import type { Json, JsonObject, Named } from "../contracts/json.js";
import type { Logger } from "../contracts/logger.js";

/** Where lines and events go once the run has a folder. */
export interface LogTarget {
  readonly log: Logger;
  event(event: string, fields: JsonObject): void;
}

type Level = keyof Logger;

/** A log and event record that keeps what is said before the run has a folder, and then passes it on. */
export class DeferredLog implements Logger {
  #waiting: ((target: LogTarget) => void)[] | undefined = [];
  #target: LogTarget | undefined;

  attach(target: LogTarget): void {
    this.#target = target;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const write of waiting) write(target);
  }

  debug(message: string, fields?: Named<Json>): void {
    this.#log("debug", message, fields);
  }

  info(message: string, fields?: Named<Json>): void {
    this.#log("info", message, fields);
  }

  warn(message: string, fields?: Named<Json>): void {
    this.#log("warn", message, fields);
  }

  error(message: string, fields?: Named<Json>): void {
    this.#log("error", message, fields);
  }

  event(event: string, fields: JsonObject): void {
    this.#write((target) => target.event(event, fields));
  }

  #log(level: Level, message: string, fields: Named<Json> | undefined): void {
    this.#write(({ log }) => log[level](message, fields));
  }

  #write(write: (target: LogTarget) => void): void {
    if (this.#target) write(this.#target);
    else if (this.#waiting && this.#waiting.length < 1000) this.#waiting.push(write);
  }
}
