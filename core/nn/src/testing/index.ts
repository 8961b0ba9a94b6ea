/** Conformance suites of compute backends, and what tests of maths need. Runs under mocha. */
export { assertClose, type Tolerance } from "./assert-close.js";
export { type BackendSuiteSettings, describeBackend } from "./describe-backend.js";
export { describeCoreOperators } from "./describe-core-operators.js";
export { describeOperators } from "./describe-operators.js";
export { floats, ints, randomFloats, randomIds } from "./host-tensors.js";
export type {
  CreateTestBackend,
  HostArray,
  HostSpec,
  HostTensor,
  NamedValues,
  TestBackend,
  TestCompiledProgram,
  TestProgram,
} from "./test-backend.js";
export { runOnce } from "./test-backend.js";
