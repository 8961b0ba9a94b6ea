import { nnErrors } from "../errors/nn-errors.js";

type Body = () => void | Promise<void>;

/** The functions of a test runner that the suites use. */
export interface TestRunner {
  describe(title: string, body: () => void): unknown;
  it(title: string, body: Body): unknown;
  after(body: Body): unknown;
}

/** The functions of the runner that runs now: mocha's, or those of runners with `afterAll`. */
export function testRunner(): TestRunner {
  const found = globalThis as unknown as Partial<TestRunner> & { readonly afterAll?: TestRunner["after"] };
  const after = found.after ?? found.afterAll;
  if (found.describe && found.it && after) return { describe: found.describe, it: found.it, after };
  throw nnErrors.CODEX_NN_ARGUMENT({
    what: "There is no `describe`, `it` and `after` here.",
    fix: "Call the suite in a test file that mocha runs.",
  });
}
