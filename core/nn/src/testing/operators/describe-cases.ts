import type { CreateTestBackend, TestBackend } from "../test-backend.js";
import { testRunner } from "../test-runner.js";
import { checkOperator, type OperatorCase } from "./operator-case.js";

/** A property of operators that is no case. */
export interface OperatorProperty {
  readonly title: string;
  check(backend: TestBackend): Promise<void>;
}

/** Describes cases and properties that share one backend. */
export function describeCases(
  title: string,
  createBackend: CreateTestBackend,
  cases: readonly OperatorCase[],
  properties: readonly OperatorProperty[] = [],
): void {
  const { describe, it, after } = testRunner();
  let shared: Promise<TestBackend> | undefined;
  const backend = () => {
    shared ??= createBackend();
    return shared;
  };

  describe(title, () => {
    after(async () => (await shared)?.dispose());

    for (const operator of cases) {
      it(`${operator.title} equals its reference, and so do its gradients`, async () => {
        await checkOperator(await backend(), operator);
      });
    }
    for (const property of properties) {
      it(property.title, async () => property.check(await backend()));
    }
  });
}
