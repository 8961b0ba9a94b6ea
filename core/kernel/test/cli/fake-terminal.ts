import type { OutputStream, Terminal } from "#src/cli/terminal.js";

/** A stream that keeps what is written. */
export interface FakeStream extends OutputStream {
  readonly text: string;
  /** Acts as if the reader had gone. */
  close(): void;
}

export function createFakeStream(settings: Partial<Pick<OutputStream, "isTerminal" | "columns">> = {}): FakeStream {
  let text = "";
  const listeners: (() => void)[] = [];
  return {
    isTerminal: settings.isTerminal ?? false,
    hasColor: false,
    columns: settings.columns ?? 80,
    get text() {
      return text;
    },
    write(more) {
      text += more;
    },
    onClose(listener) {
      listeners.push(listener);
    },
    close() {
      for (const listener of listeners) listener();
    },
  };
}

/** A terminal without a person: what is written is kept. */
export interface FakeTerminal extends Terminal {
  readonly stdout: FakeStream;
  readonly stderr: FakeStream;
}

export function createFakeTerminal(workingFolder = process.cwd(), env: Terminal["env"] = {}): FakeTerminal {
  return {
    stdout: createFakeStream(),
    stderr: createFakeStream(),
    stdin: (async function* () {})(),
    env,
    workingFolder,
    flush: async () => undefined,
  };
}
