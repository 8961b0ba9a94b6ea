import { redactWords } from "../../config/redact-words.js";
import { quoteArgument } from "../../text/quote-argument.js";
import type { ConfigRequest } from "../config-options.js";
import { requestWords } from "../request-words.js";

/**
 * The whole command that goes on with a run, as a shell takes it, whatever started the run: `npm start` hands no flags
 * on. Values of `secrets`, which are config keys, are left for the user to fill in.
 */
export function resumeCommand(request: ConfigRequest, folder: string, secrets: readonly string[]): string {
  const overrides = redactWords(request.overrides, secrets);
  const words = requestWords({ ...request, overrides, flags: { ...request.flags, outputDir: folder } });
  return ["npx", "codex", "train", ...words, "--resume-from", "latest"].map(quoteArgument).join(" ");
}
