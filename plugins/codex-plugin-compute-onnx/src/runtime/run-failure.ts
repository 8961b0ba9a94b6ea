import type { CodexError } from "codex-core";
import { computeOnnxErrors } from "../errors.js";

/** How ONNX Runtime says that memory is short: its arena's limit, and the machine's. */
const memoryMessage = /Available memory of \d+ is smaller|Failed to allocate memory|bad_alloc/;

/** What a failed run is: a lack of memory, or anything else, in ONNX Runtime's words. */
export function runFailure(program: string, message: string, cause?: unknown): CodexError {
  const content = { what: `The program ${program} failed: ${message}`, where: program, cause };
  return memoryMessage.test(message)
    ? computeOnnxErrors.CODEX_COMPUTE_MEMORY(content)
    : computeOnnxErrors.CODEX_COMPUTE_RUN(content);
}
