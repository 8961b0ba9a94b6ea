/** One library that an installer can put on this machine. */
export interface RuntimeState {
  /** `tensorflow-cpu` */
  readonly name: string;
  /** `partial`: an installation began and did not end. */
  readonly status: "installed" | "partial" | "absent";
  readonly folder: string;
  /** Versions, or what is missing, in a few words. */
  readonly detail: string;
  /** What the machine must have for it, and the download's size, in a few words. */
  readonly needs?: string;
}

/** What an installer gets. */
export interface RuntimeRequest {
  /** The one for NVIDIA GPUs. */
  readonly gpu: boolean;
  readonly env: { readonly [name: string]: string | undefined };
  /** Aborted when the user stops the command. */
  readonly signal: AbortSignal;
  /** Tells what is being done now, as a short sentence without a full stop. */
  report(text: string): void;
}

/**
 * Installs the library that a type computes with, where it cannot be an ordinary dependency. The manifest names the
 * module that exports one by default, beside the type's schema: `"installer": "./dist/installer.js"`. It is loaded for
 * `codex compute` alone, so it should import little. `codex doctor` asks the part itself, whose `check` may tell
 * `runtimeFindings` of these states.
 */
export interface RuntimeInstaller {
  /** Goes on where an installation ended before; returns at once where one is whole. */
  install(request: RuntimeRequest): Promise<RuntimeState>;
  /** Takes everything away that was installed, whole or not. Gives what was there. */
  remove(request: Omit<RuntimeRequest, "gpu">): Promise<readonly RuntimeState[]>;
  /** What is there, from files alone. */
  states(env: RuntimeRequest["env"]): Promise<readonly RuntimeState[]>;
}
