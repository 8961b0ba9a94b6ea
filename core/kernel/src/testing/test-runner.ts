import { testingErrors } from "../errors/testing-errors.js";

/** The functions of a test runner that the suites use; mocha, vitest and jest have them. */
export interface TestRunner {
  describe(title: string, body: () => void): unknown;
  it(title: string, body: () => void | Promise<void>): unknown;
  afterEach(body: () => void | Promise<void>): unknown;
}

/**
 * The functions of the runner that runs now.
 *
 * @throws CODEX_TESTING_NO_RUNNER
 */
export function testRunner(): TestRunner {
  const found = globalThis as unknown as Partial<TestRunner>;
  if (!found.describe || !found.it || !found.afterEach) {
    throw testingErrors.CODEX_TESTING_NO_RUNNER({ what: "There is no `describe`, `it` and `afterEach` here." });
  }
  return found as TestRunner;
}
