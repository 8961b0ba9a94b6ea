import { type CodexError, computeErrors } from "codex-core";
import { computeOnnxErrors } from "../errors.js";

/** How ONNX Runtime says that memory is short: its arena's limit, and the machine's. */
const memoryMessage = /Available memory of \d+ is smaller|Failed to allocate memory|Cannot allocate memory|bad_alloc/;

/** What a failed run is: a lack of memory, or anything else, in ONNX Runtime's words. */
export function runFailure(program: string, message: string, cause?: unknown): CodexError {
  const what = `The program ${program} failed: ${message}`;
  return failure(computeOnnxErrors.CODEX_COMPUTE_RUN, what, program, cause);
}

/** What a program that does not load lacks: memory, or a graph that ONNX Runtime takes. */
export function loadFailure(program: string, message: string, cause?: unknown): CodexError {
  const what = `The program ${program} does not load: ${message}`;
  return failure(computeOnnxErrors.CODEX_COMPUTE_SESSION, what, program, cause);
}

type Create = typeof computeErrors.CODEX_COMPUTE_MEMORY;

function failure(otherwise: Create, what: string, where: string, cause: unknown): CodexError {
  const create = memoryMessage.test(what) ? computeErrors.CODEX_COMPUTE_MEMORY : otherwise;
  return create({ what, where, cause });
}
