import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { computeOnnxErrors } from "../errors.js";
import type { Fail, Koffi, OrtApi, Pointer } from "../runtime/ort-api.js";
import { nativeDomain } from "../target/target.js";

/** The library's operators, registered with ONNX Runtime. */
export interface NativeOperators {
  /** A custom operator domain, to be added to session options. */
  readonly domain: Pointer;
  /** `avx512`, `avx2`, `neon` or `portable`: the kernels in use. */
  readonly instructionSet: string;
  /** SHA-256 of the library, 8 hex digits: another compiler's code may round otherwise. */
  readonly digest: string;
}

/** A library stays loaded for the life of the process: see ort-api.ts. */
const loaded = new Map<string, { readonly library: object; readonly operators: NativeOperators }>();

const fail: Fail = (message) =>
  computeOnnxErrors.CODEX_COMPUTE_SESSION({ what: `Native operators were not registered: ${message}` });

/** Loads a library and registers its operators. @throws CODEX_COMPUTE_SESSION, and what the system says of the file */
export function loadNativeOperators(koffi: Koffi, api: OrtApi, path: string): NativeOperators {
  const known = loaded.get(path);
  if (known) return known.operators;
  const library = koffi.load(path);
  const open = library.func("codex_native_open", "size_t", ["void *"]);
  const operator = library.func("codex_native_operator", "void *", ["size_t"]);
  const instructionSet = library.func("codex_native_instruction_set", "const char *", []);
  const count = Number(open(api.pointer));
  const domain = api.create("createCustomOpDomain", fail, nativeDomain);
  for (let index = 0; index < count; index++) {
    api.check("addCustomOp", fail, domain, operator(index) as Pointer);
  }
  const digest = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 8);
  const operators = { domain, instructionSet: instructionSet() as string, digest };
  loaded.set(path, { library, operators });
  return operators;
}
