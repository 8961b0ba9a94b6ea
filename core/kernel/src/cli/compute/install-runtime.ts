import type { CommandContext } from "../command.js";
import { progressStream } from "../progress-stream.js";
import { findInstaller } from "./find-installer.js";

/** `codex compute install`. */
export async function installRuntime(type: string, gpu: boolean, context: CommandContext): Promise<void> {
  const installer = await findInstaller(type, context);
  const signal = context.interruptible("Stopping. The same command goes on from here. Again to stop at once.");
  const stream = progressStream(context);
  const { env } = context.terminal;
  const report = (text: string) => stream.write(`${text} …\n`);
  const state = await installer.install({ gpu, env, signal, report });
  context.answer(state, () => `${state.detail} is in ${state.folder}\nUse it: compute.type=${type}\n`);
}
