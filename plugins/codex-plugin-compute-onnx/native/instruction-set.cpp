// All kernels for one instruction set. Compiled once for each, with CODEX_SET and the compiler's own flags for it.
#include "kernels.h"
#include "kernels/gelu.h"
#include "kernels/gemm.h"

namespace CODEX_SET {

#define CODEX_TEXT_OF(name) #name
#define CODEX_TEXT(name) CODEX_TEXT_OF(name)

extern const codex::Kernels table;
const codex::Kernels table = {
    .instructionSet = CODEX_TEXT(CODEX_SET_NAME),
    .gelu = gelu,
    .geluGradient = geluGradient,
    .gemm = gemm,
};

}  // namespace CODEX_SET
