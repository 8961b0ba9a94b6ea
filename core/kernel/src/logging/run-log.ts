import type { Json, JsonObject, Named } from "../contracts/json.js";
import type { Logger } from "../contracts/logger.js";
import { cleanFields, cleanText, type HideSecrets } from "./clean-fields.js";
import { ComponentLevels } from "./component-levels.js";
import { type LogLevel, type LogLine, sentenceLine } from "./log-line.js";
import type { LogOutputs } from "./log-outputs.js";
import { kernelComponent, type LoggingSection } from "./logging-section.js";

export interface RunLogSettings {
  readonly section: LoggingSection;
  /** Takes secrets out of all that is said. */
  readonly hide: HideSecrets;
  /** Absent where nobody asked for lines. */
  readonly outputs?: LogOutputs;
  /** The run that every line names, where its id is known by now; absent where there is no run. */
  readonly run?: { readonly runId?: string };
}

/** Where lines and events are kept once the run has a folder. */
export interface LogFolder {
  /** Absolute path of the file for lines. */
  readonly logPath: string;
  event(event: string, fields: JsonObject): void;
}

/**
 * The loggers of one run, one for each component, over outputs that they share; itself the kernel's own. What is said
 * before the run has a folder is kept, and so are the run's events. Whatever becomes of a line, the caller goes on.
 */
export class RunLog implements Logger {
  /** Id of the run, for the lines that come. */
  runId: string | undefined;
  /** Completed steps of the run, for the lines that come; undefined where nothing is trained. */
  step: number | undefined;

  readonly debug: Logger["debug"];
  readonly info: Logger["info"];
  readonly warn: Logger["warn"];
  readonly error: Logger["error"];

  readonly #levels: ComponentLevels;
  #folder: LogFolder | undefined;
  #waitingEvents: [event: string, fields: JsonObject][] = [];

  constructor(readonly settings: RunLogSettings) {
    this.runId = settings.run?.runId;
    this.step = settings.run ? 0 : undefined;
    this.#levels = new ComponentLevels(settings.section.level, settings.section.levels);
    const { debug, info, warn, error } = this.loggerOf(kernelComponent);
    this.debug = debug;
    this.info = info;
    this.warn = warn;
    this.error = error;
  }

  /**
   * The logger of a component: `trainer`, `tracker.mlflow`.
   *
   * @param onWarning takes warnings too, each as a sentence, whatever the levels of the log
   */
  loggerOf(component: string, onWarning?: (text: string) => void): Logger {
    const at = (level: LogLevel): Logger[LogLevel] => {
      if (!this.settings.outputs || !this.#levels.isKept(level, component)) return () => undefined;
      return (message, fields) => this.#write(level, component, message, fields);
    };
    const written = at("warn");
    const warn: Logger["warn"] = (message, fields) => {
      written(message, fields);
      onWarning?.(sentenceLine(component, this.#clean(message, fields)));
    };
    return Object.freeze({ debug: at("debug"), info: at("info"), warn, error: at("error") });
  }

  /** A line of the run's events.ndjson. */
  event(event: string, fields: JsonObject): void {
    if (this.#folder) this.#folder.event(event, fields);
    else if (this.#waitingEvents.length < 1000) this.#waitingEvents.push([event, fields]);
  }

  /** Writes into a run's folder from now on, first what was kept for it. */
  attach(folder: LogFolder): void {
    this.#folder = folder;
    this.settings.outputs?.openFile(folder.logPath);
    for (const [event, fields] of this.#waitingEvents.splice(0)) folder.event(event, fields);
  }

  async close(): Promise<void> {
    await this.settings.outputs?.close();
  }

  #write(level: LogLevel, component: string, message: string, fields: Named<Json> | undefined): void {
    const said = this.#clean(message, fields);
    this.settings.outputs?.write({
      timeMs: Date.now(),
      level,
      component,
      runId: this.runId,
      step: this.step,
      ...said,
    });
  }

  /** What is said, as plain data without secrets. */
  #clean(message: string, fields: Named<Json> | undefined): Pick<LogLine, "message" | "fields"> {
    const { hide } = this.settings;
    try {
      return { message: cleanText(String(message), hide), fields: cleanFields(fields, hide) };
    } catch (error) {
      const reason = cleanText(error instanceof Error ? error.message : "it cannot be read", hide);
      return { message: "a line could not be read", fields: { reason } };
    }
  }
}
