import type { FlagValues } from "../../config/friendly-flags.js";
import type { GeneratedText, GeneratedToken, StopReason } from "../../contracts/generator.js";
import { cliErrors } from "../../errors/cli-errors.js";
import { safetyErrors } from "../../errors/safety-errors.js";
import type { RefusedText } from "../../run/kernel-types.js";
import type { RunObserver } from "../../run/run-observer.js";
import type { CommandContext } from "../command.js";
import type { GenerateOptions } from "../commands/generate.js";
import { requireOverrides } from "../config-options.js";
import { printable } from "../printable.js";
import { findProjectFolder } from "../project-folder.js";
import { type ErrorDocument, errorDocument, renderError } from "../render-error.js";
import { findCheckpoint } from "../runs/find-run.js";
import type { Terminal } from "../terminal.js";
import { readPrompts } from "./read-prompts.js";

/** Writes texts with a checkpoint: one to stdout as it is made, several a line each, or one JSON document. */
export async function generate(
  reference: string,
  words: readonly string[],
  options: GenerateOptions,
  context: CommandContext,
): Promise<void> {
  const { workingFolder, stdout } = context.terminal;
  const projectFolder = findProjectFolder(workingFolder);
  const checkpoint = await findCheckpoint(reference, context);
  const overrides = requireOverrides(words, workingFolder);
  const prompts = await promptsOf(options, context.terminal);
  context.capture.hideTexts(prompts);
  const { maxNewTokens, temperature, topK, topP, seed } = options;
  const flags: FlagValues = options.device === undefined ? {} : { device: options.device };

  const readerLeft = new AbortController();
  stdout.onClose(() => readerLeft.abort());
  const signal = AbortSignal.any([context.interruptible("Stopping."), readerLeft.signal]);
  const kernel = await context.openKernel({ projectFolder, workingFolder, checkpoint, flags, overrides, signal });
  try {
    const observer: RunObserver = {
      warning: (text) => {
        if (!context.quiet) context.terminal.stderr.write(`Warning: ${text}\n`);
      },
    };
    const settings = { checkpoint, maxNewTokens, temperature, topK, topP, seed, observer, signal };
    const [prompt] = prompts;
    const isOne = prompts.length === 1 && options.prompts === undefined;
    const stopped = isOne
      ? await writeOne(kernel.generate({ ...settings, prompt: prompt! }), prompt!, context)
      : await writeSeveral(kernel.generateAll({ ...settings, prompts }), context);
    if (stopped && !readerLeft.signal.aborted) context.setExitCode(130);
  } finally {
    await kernel.dispose();
  }
}

/** What the options name, the file's prompts last. @throws CODEX_CLI_MISSING_ARGUMENT, CODEX_CLI_INVALID_VALUE */
async function promptsOf({ prompt = [], prompts }: GenerateOptions, terminal: Terminal): Promise<string[]> {
  if (prompt.length === 0 && prompts === undefined) {
    throw cliErrors.CODEX_CLI_MISSING_ARGUMENT({
      what: "Nothing says what the text starts with.",
      where: "codex generate",
      fix: "Give --prompt TEXT, once or more often, or --prompts FILE.",
    });
  }
  const stdin = prompt.includes("-") ? await readStdin(terminal) : "";
  const given = prompt.map((text) => (text === "-" ? stdin : text));
  return prompts === undefined ? given : [...given, ...(await readPrompts(prompts, terminal.workingFolder))];
}

/** Whether it was stopped by the signal. */
async function writeOne(
  tokens: AsyncGenerator<GeneratedToken, StopReason, void>,
  prompt: string,
  context: CommandContext,
): Promise<boolean> {
  const show = showText(context, prompt);
  const made: GeneratedToken[] = [];
  let next = await tokens.next();
  for (; !next.done; next = await tokens.next()) {
    made.push(next.value);
    show(next.value.text);
  }
  const answer = answerOf({ tokens: made, stopReason: next.value });
  if (context.json) context.answer(answer, () => "");
  else if (!answer.text.endsWith("\n")) context.terminal.stdout.write("\n");
  return answer.stopReason === "signal";
}

/**
 * Whether any was stopped by the signal. A refused text is an empty line, so that lines stay beside their prompts, and
 * a line on stderr; where all are refused the exit code is theirs.
 */
async function writeSeveral(texts: AsyncGenerator<GeneratedText | RefusedText, void, void>, context: CommandContext) {
  const answers: (ReturnType<typeof answerOf> | ErrorDocument)[] = [];
  const { stdout, stderr } = context.terminal;
  for await (const each of texts) {
    const answer = "refusal" in each ? errorDocument(each.refusal) : answerOf(each);
    answers.push(answer);
    if (context.json) continue;
    const text = "text" in answer ? answer.text : "";
    stdout.write(`${onOneLine(stdout.isTerminal ? printable(text) : text)}\n`);
    if ("refusal" in each) stderr.write(renderError(each.refusal, { hasColor: stderr.hasColor, withStack: false }));
  }
  if (context.json) context.answer(answers, () => "");
  if (answers.length > 0 && answers.every((answer) => "error" in answer)) {
    context.setExitCode(safetyErrors.definitions.CODEX_SAFETY_REFUSED.exitCode);
  }
  return answers.some((answer) => "stopReason" in answer && answer.stopReason === "signal");
}

function answerOf({ tokens, stopReason }: GeneratedText) {
  const text = tokens.map((token) => token.text).join("");
  return { text, tokenIds: tokens.map(({ tokenId }) => tokenId), stopReason };
}

const onOneLine = (text: string) => text.replaceAll("\r", "\\r").replaceAll("\n", "\\n");

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
