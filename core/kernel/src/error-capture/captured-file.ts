const files = new WeakMap<Error, string>();

/** The file that an error was captured in; undefined when it was not. */
export function capturedFileOf(error: Error): string | undefined {
  return files.get(error);
}

export function rememberCapturedFile(error: Error, file: string): void {
  files.set(error, file);
}
