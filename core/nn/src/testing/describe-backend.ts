import { neg, sum } from "@tensorflow/tfjs-core";
import type { BackendCheck } from "./backend/backend-check.js";
import { codedRejection } from "./backend/coded-rejection.js";
import { runChecks } from "./backend/run-checks.js";
import { stateChecks } from "./backend/state-checks.js";
import { trainingChecks } from "./backend/training-checks.js";
import type { CreateTestBackend } from "./test-backend.js";
import { testRunner } from "./test-runner.js";

/** What `describeBackend` has to know of a backend. */
export interface BackendSuiteSettings {
  /** Reading a tensor in a body is a coded error, as it is wherever bodies are traced. Default: true. */
  readonly refusesReading?: boolean;
}

/** Reading a value while a body is traced cannot work: there is none. */
const readingCheck: BackendCheck = {
  title: "makes reading a tensor inside a body a coded error",
  async check(backend) {
    await codedRejection(async () => {
      const program = await backend.compile({
        name: "reads",
        state: {},
        inputs: { x: { shape: [3], dtype: "float32" } },
        body: (_, { x }) => ({ outputs: { y: sum(x!).dataSync()[0]! > 0 ? x! : neg(x!) } }),
      });
      await program.run({ x: Float32Array.of(1, 2, 3) });
    });
  },
};

/**
 * Conformance suite of the ComputeBackend contract. `describeOperators` is its other half.
 *
 * @example
 * describeBackend("wasm", () => createWasmBackend());
 */
export function describeBackend(
  name: string,
  createBackend: CreateTestBackend,
  settings: BackendSuiteSettings = {},
): void {
  const { describe, it } = testRunner();
  describe(`${name} keeps the ComputeBackend contract`, () => {
    const checks = [
      ...stateChecks,
      ...runChecks,
      ...((settings.refusesReading ?? true) ? [readingCheck] : []),
      ...trainingChecks,
    ];
    for (const { title, check } of checks) {
      it(title, async () => {
        const backend = await createBackend();
        try {
          await check(backend);
        } finally {
          await backend.dispose();
        }
      });
    }
  });
}
