import { cliErrors } from "../errors/cli-errors.js";

/** A stream to write to, and what it can show. */
export interface OutputStream {
  /** A person looks at it: lines may be redrawn. */
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  /** Characters in a line; 80 when unknown. */
  readonly columns: number;
  /** Writes text; does nothing once the reader has gone (`| head`) or the stream has failed (a full disk). */
  write(text: string): void;
  /** Calls back when nothing can be written any more. */
  onClose(listener: () => void): void;
}

/** The surroundings of a command. */
export interface Terminal {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  readonly env: { readonly [name: string]: string | undefined };
  /** Where the command was typed; relative paths on the command line start here. */
  readonly workingFolder: string;
  /** Resolves when all that was written has left. @throws CODEX_CLI_OUTPUT when stdout did not take it */
  flush(): Promise<void>;
}

/** The terminal of a process. */
export function createTerminal(process: NodeJS.Process): Terminal {
  const streams = [process.stdout, process.stderr];
  let failure: Error | undefined;
  return {
    stdout: createOutputStream(process.stdout, process.env, (error) => {
      failure = error;
    }),
    stderr: createOutputStream(process.stderr, process.env),
    stdin: process.stdin,
    env: process.env,
    workingFolder: process.cwd(),
    async flush() {
      await Promise.all(streams.map((stream) => new Promise<void>((settle) => stream.write("", () => settle()))));
      if (!failure) return;
      throw cliErrors.CODEX_CLI_OUTPUT({ what: `stdout did not take the answer: ${failure.message}.`, cause: failure });
    },
  };
}

const readerLeft = new Set<string | undefined>(["EPIPE", "ERR_STREAM_DESTROYED", "EIO"]);

/**
 * Wraps a process's stream. A reader that goes away early is no error of ours: writing then ends quietly. Other failures
 * end it too, and are told to `onFailure`.
 *
 * @source https://no-color.org
 */
export function createOutputStream(
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
  onFailure: (error: Error) => void = () => undefined,
): OutputStream {
  const listeners: (() => void)[] = [];
  let isClosed = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (isClosed) return;
    isClosed = true;
    if (!readerLeft.has(error.code)) onFailure(error);
    for (const listener of listeners) listener();
  });
  const isTerminal = stream.isTTY === true && env.TERM !== "dumb";
  return {
    isTerminal,
    hasColor: isTerminal && !env.NO_COLOR,
    get columns() {
      return stream.columns || 80;
    },
    write(text) {
      if (!isClosed) stream.write(text);
    },
    onClose(listener) {
      listeners.push(listener);
    },
  };
}
