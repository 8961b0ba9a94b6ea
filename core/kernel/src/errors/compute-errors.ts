import { defineErrors } from "./define-errors.js";

/** Errors that any compute backend may give. */
export const computeErrors = defineErrors({
  CODEX_COMPUTE_DEVICE: {
    exitCode: 2,
    when: "compute.device names a device that the backend does not run on.",
    fix: "Set compute.device to a device that the message names, or to auto.",
  },
  CODEX_COMPUTE_DTYPE: {
    exitCode: 2,
    when: "compute.dtype names an element type that the device does not compute in.",
    fix: "Set compute.dtype to float32.",
  },
  CODEX_COMPUTE_INPUT: {
    exitCode: 1,
    when: "A program is run without one of its inputs, or with one of another length or element type.",
    fix: "Pass a typed array for every input of the program, as long as the product of its shape.",
  },
  CODEX_COMPUTE_STATE_MISMATCH: {
    exitCode: 1,
    when: "Resident state is declared or written with another shape or element type than it has.",
    fix: "Use one specification for one name, or release the state first.",
  },
  CODEX_COMPUTE_UNKNOWN_STATE: {
    exitCode: 1,
    when: "Resident state is read, or needed by a program, that nobody declared or that was released.",
    fix: "Compile a program that declares the state, or write it, before reading it.",
  },
  CODEX_COMPUTE_MEMORY: {
    exitCode: 1,
    when: "A program and its resident state need more memory than compute.memoryLimitBytes, or than there is.",
    fix: "Set trainer.halveMicroBatch, lower trainer.microBatch or model.contextLength, or raise compute.memoryLimitBytes.",
  },
  CODEX_COMPUTE_READ_IN_BODY: {
    exitCode: 1,
    when: "A program's body reads the values of a tensor.",
    why: "Compiling backends record a body once, before any number exists; what none of them can do, no backend does.",
    fix: "Keep to tensor operations in the body; return what the host has to know as an output.",
  },
  CODEX_COMPUTE_DISPOSED: {
    exitCode: 1,
    when: "A program or backend is used after it was disposed.",
    fix: "Dispose the backend after its last use.",
  },
});
