import { describeBackend, describeCoreOperators, describeOperators } from "codex-nn/testing";
import { createTensorflowBackend } from "codex-plugin-compute-tensorflow";

describeBackend("tensorflow", () => createTensorflowBackend({ device: "cpu" }));
describeOperators("tensorflow", () => createTensorflowBackend({ device: "cpu" }));
describeCoreOperators("tensorflow", () => createTensorflowBackend({ device: "cpu" }));
