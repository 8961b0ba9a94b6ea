/** Waits for a promise, but not longer than a limit. What comes too late is ignored. */
export async function withTimeLimit<Value>(
  work: Value | PromiseLike<Value>,
  limitMs: number,
  tooLate: () => Error,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
