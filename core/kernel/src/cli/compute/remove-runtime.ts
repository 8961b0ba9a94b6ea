import type { CommandContext } from "../command.js";
import { progressStream } from "../progress-stream.js";
import { findInstaller } from "./find-installer.js";

/** `codex compute remove`. */
export async function removeRuntime(type: string, context: CommandContext): Promise<void> {
  const installer = await findInstaller(type, context);
  const signal = context.interruptible("Stopping. Again to stop at once.");
  const stream = progressStream(context);
  const report = (text: string) => stream.write(`${text} …\n`);
  const removed = await installer.remove({ env: context.terminal.env, signal, report });
  context.answer({ removed }, () => {
    if (removed.length === 0) return `Nothing was installed for ${type}.\n`;
    return removed.map(({ folder }) => `Removed ${folder}\n`).join("");
  });
}
