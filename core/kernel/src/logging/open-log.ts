import { writeSync } from "node:fs";
import { configSecrets, namedSecrets, PrivateTexts } from "../error-capture/private-text.js";
import type { KernelState } from "../run/kernel-state.js";
import { readLoggingSection } from "./logging-section.js";
import { RunLog } from "./run-log.js";

/**
 * The log of one work. That of a run keeps lines for its folder; any other shows them where the config sends them to
 * stderr, and costs nothing where it does not.
 */
export async function openLog(kernel: KernelState, run?: { readonly runId?: string }): Promise<RunLog> {
  const { config, printLog = printToStandardError } = kernel;
  const section = readLoggingSection(config.value);
  const texts = new PrivateTexts([...namedSecrets(process.env), ...configSecrets(config.value, config.secrets)]);
  const hide = (text: string): string => texts.withoutSecrets(text);
  if (!run && section.stderr === "none") return new RunLog({ section, hide });
  const { LogOutputs } = await import("./log-outputs.js");
  const outputs = new LogOutputs(section, printLog);
  return new RunLog({ section, hide, outputs, ...(run ? { run } : {}) });
}

/** Writes to the descriptor: the stream would throw an error into the program when its reader has gone. */
function printToStandardError(text: string): void {
  writeSync(process.stderr.fd, text);
}
