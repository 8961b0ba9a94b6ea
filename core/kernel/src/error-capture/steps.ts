const stepsOfTraining = [
  "compose the parts",
  "plan",
  "make the parts",
  "begin the run",
  "train",
  "close the run",
] as const;

/**
 * What each command does, in its order. A command's last step is its own work; a command that is not listed finds a
 * run, reads the config, and does its own work.
 */
const stepsOfCommands = {
  train: ["find the run", "read the config", "load the checkpoint", ...stepsOfTraining],
  replay: ["find the run", "read the config", ...stepsOfTraining, "compare"],
  plan: ["read the config", "compose the parts", "plan"],
  evaluate: ["find the run", "read the config", "load the checkpoint", "compose the parts", "evaluate"],
  generate: [
    "find the run",
    "read the config",
    "load the checkpoint",
    "compose the parts",
    "inspect the prompt",
    "generate",
  ],
  "runs sync": ["find the run", "read the config", "compose the parts", "deliver"],
  "config print": ["read the config", "config print"],
  "config explain": ["read the config", "config explain"],
  "config validate": ["read the config", "config validate"],
  "config list": ["read the config", "config list"],
  "config schema": ["read the config", "config schema"],
  "checkpoint list": ["find the run", "read the config", "compose the parts", "checkpoint list"],
  "checkpoint inspect": ["find the run", "read the config", "compose the parts", "checkpoint inspect"],
  "checkpoint verify": ["find the run", "read the config", "compose the parts", "checkpoint verify"],
  "checkpoint prune": ["find the run", "read the config", "compose the parts", "checkpoint prune"],
  "data prepare": ["read the config", "compose the parts", "data prepare"],
  "data inspect": ["read the config", "compose the parts", "data inspect"],
  "data verify": ["read the config", "compose the parts", "data verify"],
  "data stats": ["read the config", "compose the parts", "data stats"],
  "data add": ["read the config", "compose the parts", "data add"],
  "data list": ["data list"],
  "runs top": ["runs top"],
  "metrics ingest": ["find the run", "metrics ingest"],
} as const;

/** A step that is told of while it goes on; that of a command itself is named after the command. */
export type Step = (typeof stepsOfCommands)[keyof typeof stepsOfCommands][number];

/** The steps of a command. */
export function stepsOf(command: string): readonly string[] {
  const listed: { readonly [command: string]: readonly string[] } = stepsOfCommands;
  return Object.hasOwn(listed, command) ? listed[command]! : ["find the run", "read the config", command];
}

/** `8:train`; a step that the command's list has not is told with the command's own. */
export function stepText(command: string, step: string): string {
  const steps = stepsOf(command);
  const index = steps.indexOf(step);
  return index >= 0 ? `${index + 1}:${step}` : `${steps.length}:${command}, ${step}`;
}
