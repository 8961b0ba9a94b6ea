import { describeBackend, describeOperators } from "codex-nn/testing";
import { createEagerCpuBackend } from "../support/eager-cpu-backend.js";

describeOperators("composed forms on plain JavaScript", createEagerCpuBackend);
describeBackend("the test's own eager backend", createEagerCpuBackend, { refusesReading: false });
