import { elementwiseCases } from "./core-operators/elementwise-cases.js";
import { matrixCases } from "./core-operators/matrix-cases.js";
import { movementCases } from "./core-operators/movement-cases.js";
import { describeCases } from "./operators/describe-cases.js";
import type { CreateTestBackend } from "./test-backend.js";

/**
 * Conformance suite of tfjs-core's own operators, for models from outside: values against a float64 reference on the
 * host, gradients against finite differences of it.
 *
 * @example
 * describeCoreOperators("wasm", () => createWasmBackend());
 */
export function describeCoreOperators(backendName: string, createBackend: CreateTestBackend): void {
  describeCases(`tfjs-core's operators on ${backendName}`, createBackend, [
    ...elementwiseCases,
    ...matrixCases,
    ...movementCases,
  ]);
}
