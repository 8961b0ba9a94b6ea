import type { CommandContext } from "#src/cli/command.js";
import { ErrorCapture } from "#src/error-capture/error-capture.js";
import type { Kernel, KernelSettings } from "#src/run/kernel-types.js";
import { createFakeTerminal, type FakeTerminal } from "./fake-terminal.js";

/** A context that keeps what a command says and asks for. */
export interface FakeContext extends CommandContext {
  readonly terminal: FakeTerminal;
  readonly exitCode: number;
  readonly kernelSettings: KernelSettings | undefined;
  readonly wasDisposed: boolean;
  /** Acts as SIGINT does. */
  interrupt(): void;
}

export interface FakeContextSettings {
  readonly terminal?: FakeTerminal;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly kernel?: Partial<Kernel>;
  /** Makes a whole kernel instead. */
  openKernel?(settings: KernelSettings): Promise<Kernel>;
}

export function createFakeContext({ kernel, ...settings }: FakeContextSettings): FakeContext {
  const terminal = settings.terminal ?? createFakeTerminal();
  const interruption = new AbortController();
  let exitCode = 0;
  let kernelSettings: KernelSettings | undefined;
  let wasDisposed = false;
  const { json = false, quiet = false } = settings;
  return {
    terminal,
    json,
    quiet,
    get exitCode() {
      return exitCode;
    },
    get kernelSettings() {
      return kernelSettings;
    },
    get wasDisposed() {
      return wasDisposed;
    },
    capture: new ErrorCapture({ command: "fake", secrets: [] }),
    interruptible: () => interruption.signal,
    interrupt: () => interruption.abort(),
    async openKernel(given) {
      kernelSettings = given;
      if (settings.openKernel) return settings.openKernel(given);
      const dispose = async (): Promise<void> => {
        wasDisposed = true;
      };
      const config = { value: {}, secrets: [], redacted: () => ({}), toYaml: () => "" };
      return { config, dispose, ...kernel } as Kernel;
    },
    answer: (value, text) => terminal.stdout.write(json ? `${JSON.stringify(value)}\n` : text()),
    setExitCode(code) {
      exitCode = code;
    },
  };
}
