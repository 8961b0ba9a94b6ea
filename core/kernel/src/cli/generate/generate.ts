import type { FlagValues } from "../../config/friendly-flags.js";
import type { StopReason } from "../../contracts/generator.js";
import type { CommandContext } from "../command.js";
import type { GenerateOptions } from "../commands/generate.js";
import { requireOverrides } from "../config-options.js";
import { printable } from "../printable.js";
import { findProjectFolder } from "../project-folder.js";
import { findCheckpoint } from "../runs/find-run.js";
import type { Terminal } from "../terminal.js";

/** Writes text with a checkpoint: to stdout as it is made, or as one JSON document. */
export async function generate(
  reference: string,
  words: readonly string[],
  options: GenerateOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const { workingFolder, stdout } = terminal;
  const projectFolder = findProjectFolder(workingFolder);
  const checkpoint = await findCheckpoint(reference, context);
  const overrides = requireOverrides(words, workingFolder);
  const { maxNewTokens, temperature, topK, topP, seed } = options;
  const prompt = options.prompt === "-" ? await readStdin(terminal) : options.prompt;
  context.capture.hideTexts([prompt]);
  const flags: FlagValues = options.device === undefined ? {} : { device: options.device };

  const readerLeft = new AbortController();
  stdout.onClose(() => readerLeft.abort());
  const signal = AbortSignal.any([context.interruptible("Stopping."), readerLeft.signal]);
  const kernel = await context.openKernel({ projectFolder, workingFolder, checkpoint, flags, overrides, signal });
  try {
    const settings = { checkpoint, prompt, maxNewTokens, temperature, topK, topP, seed, signal };
    const tokens = kernel.generate(settings);
    const show = showText(context, prompt);
    const tokenIds: number[] = [];
    let text = "";
    let stopReason: StopReason;
    while (true) {
      const next = await tokens.next();
      if (next.done) {
        stopReason = next.value;
        break;
      }
      tokenIds.push(next.value.tokenId);
      text += next.value.text;
      show(next.value.text);
    }
    if (context.json) context.answer({ text, tokenIds, stopReason }, () => "");
    else if (!text.endsWith("\n")) stdout.write("\n");
    if (stopReason === "signal" && !readerLeft.signal.aborted) context.setExitCode(130);
  } finally {
    await kernel.dispose();
  }
}

/** Shows text as it comes. A terminal also shows the prompt, and never gets control characters. */
function showText({ json, terminal: { stdout } }: CommandContext, prompt: string): (text: string) => void {
  if (json) return () => undefined;
  if (!stdout.isTerminal) return (text) => stdout.write(text);
  stdout.write(stdout.hasColor ? `\u001b[2m${printable(prompt)}\u001b[0m` : printable(prompt));
  return (text) => stdout.write(printable(text));
}

async function readStdin({ stdin, stderr }: Terminal): Promise<string> {
  if (stdin.isTTY) stderr.write("Type the prompt, then Ctrl-D:\n");
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}
