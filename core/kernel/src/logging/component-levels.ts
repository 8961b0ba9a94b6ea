import { type LogLevel, logLevels } from "./log-line.js";

/** Which lines of which component are kept. */
export class ComponentLevels {
  /** @param levels by component; one counts for the components below it as well: `tracker` for `tracker.mlflow` */
  constructor(
    readonly level: LogLevel,
    readonly levels: { readonly [component: string]: LogLevel } = {},
  ) {}

  /** The level of a component: its own, that of the nearest above it, or the general one. */
  levelOf(component: string): LogLevel {
    for (let name = component; ; name = name.slice(0, name.lastIndexOf("."))) {
      if (Object.hasOwn(this.levels, name)) return this.levels[name]!;
      if (!name.includes(".")) return this.level;
    }
  }

  isKept(level: LogLevel, component: string): boolean {
    return logLevels.indexOf(level) <= logLevels.indexOf(this.levelOf(component));
  }
}
