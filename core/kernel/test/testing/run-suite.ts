/** What a suite's checks came to: titles of those that failed, with the reason. */
export type Failures = { readonly [title: string]: string };

/** Runs a conformance suite apart from the tests around it, so that a test can look at what fails. */
export async function runSuite(declare: () => void): Promise<Failures> {
  const tests: { title: string; body: () => void | Promise<void> }[] = [];
  const after: (() => void | Promise<void>)[] = [];
  const scope = globalThis as unknown as Record<string, unknown>;
  const { describe: outerDescribe, it: outerIt, afterEach: outerAfterEach } = scope;
  Object.assign(scope, {
    describe: (_title: string, body: () => void) => body(),
    it: (title: string, body: () => void) => tests.push({ title, body }),
    afterEach: (body: () => void) => after.push(body),
  });
  try {
    declare();
  } finally {
    Object.assign(scope, { describe: outerDescribe, it: outerIt, afterEach: outerAfterEach });
  }
  const failures: Record<string, string> = {};
  for (const { title, body } of tests) {
    try {
      await body();
    } catch (error) {
      failures[title] = error instanceof Error ? error.message : String(error);
    }
    for (const clean of after) await clean();
  }
  return failures;
}
