import { ErrorCapture } from "../error-capture/error-capture.js";
import { errorsFolder } from "../error-capture/errors-folder.js";
import { namedSecrets } from "../error-capture/private-text.js";
import { findProjectFolder } from "./project-folder.js";
import type { Terminal } from "./terminal.js";

/** Takes what fails in a command: into the project's folder, until there is a run's. */
export function createCommandCapture({ workingFolder, env }: Terminal, words: readonly string[]): ErrorCapture {
  return new ErrorCapture({
    command: "codex",
    folder: errorsFolder(findProjectFolder(workingFolder)),
    secrets: namedSecrets(env, words),
  });
}
