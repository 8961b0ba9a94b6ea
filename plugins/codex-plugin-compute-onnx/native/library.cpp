// What the library offers to its caller, by C's rules.
#include "kernels.h"
#include "ort/operator.h"

using namespace codex;

#define EXPORT __attribute__((visibility("default")))

extern "C" {

/** Takes ONNX Runtime's functions; gives how many operators there are. */
EXPORT size_t codex_native_open(const Opaque* functions) {
  ortFunctions = functions;
  return operators().size();
}

/** The struct OrtCustomOp of an operator. */
EXPORT const void* codex_native_operator(size_t index) {
  return static_cast<const CustomOp*>(operators()[index]);
}

/** The instruction set in use. */
EXPORT const char* codex_native_instruction_set() { return kernels().instructionSet; }

/** Uses another instruction set, "" for the best; 0 where this processor does not have it. */
EXPORT int codex_native_choose(const char* instructionSet) { return chooseKernels(instructionSet); }
}
