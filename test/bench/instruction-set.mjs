import koffi from "koffi";
import { findLibrary, packageFolder } from "../../plugins/codex-plugin-compute-onnx/dist/native/find-library.js";
import { oneOf } from "./flags.mjs";

/** Holds both sides to an instruction set, on a machine that has more. */
export const instructionSetFlag = {
  ...oneOf(["avx2"], "Holds native operators and PyTorch to it. Default: the processor's best."),
  default: undefined,
};

/**
 * Uses an instruction set in this process's native operators. Stock operators of ONNX Runtime keep the processor's best:
 * it has no such setting.
 */
export async function useInstructionSet(name) {
  const { path, missing } = await findLibrary({ packageFolder, compiler: "c++", onlyExisting: true });
  if (!path) throw new Error(missing);
  if (!koffi.load(path).func("codex_native_choose", "int", ["const char *"])(name)) {
    throw new Error(`This processor has no ${name}.`);
  }
}

/** What the environment says to PyTorch and its libraries, oneDNN and MKL. */
export const pyTorchInstructions = {
  avx2: { ATEN_CPU_CAPABILITY: "avx2", MKL_ENABLE_INSTRUCTIONS: "AVX2", ONEDNN_MAX_CPU_ISA: "AVX2" },
};
