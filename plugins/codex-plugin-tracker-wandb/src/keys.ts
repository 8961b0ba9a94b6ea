/** Key of the tables of texts that the model wrote. */
export const samplesKey = "samples";

const ownKeys = new Set(["_step", "_timestamp", "_runtime", "_wandb"]);

/** A metric's key in the history, apart from those that W&B uses itself. */
export function historyKey(name: string): string {
  return ownKeys.has(name) ? `metric/${name}` : name;
}

/** Where a setting that became known later stands in the config: in its section, as `trainer.maxSteps`. */
export function paramPath(name: string): readonly string[] {
  const path = name.split(".");
  return path.includes("") ? [name] : path;
}
