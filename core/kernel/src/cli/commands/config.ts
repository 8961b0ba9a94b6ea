import type { DeclareCommand } from "../command.js";

/** `codex config`: looks at configs. */
export const declareConfig: DeclareCommand = (command) => {
  command.addHelpText("after", "\nExample:\n  $ codex config print --config quickstart\n");
};
