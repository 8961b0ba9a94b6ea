// All kernels for one instruction set. Compiled once for each, with CODEX_SET and the compiler's own flags for it.
#include "kernels.h"
#include "kernels/adamw.h"
#include "kernels/attention-gradient.h"
#include "kernels/cached-attention.h"
#include "kernels/cross-entropy.h"
#include "kernels/dropout.h"
#include "kernels/embedding.h"
#include "kernels/gelu.h"
#include "kernels/gemm.h"
#include "kernels/narrow.h"
#include "kernels/norm.h"
#include "kernels/rotary.h"
#include "kernels/sums.h"
#include "kernels/swiglu.h"

namespace CODEX_SET {

#define CODEX_TEXT_OF(name) #name
#define CODEX_TEXT(name) CODEX_TEXT_OF(name)

extern const codex::Kernels table;
const codex::Kernels table = {
    .instructionSet = CODEX_TEXT(CODEX_SET_NAME),
    .gelu = gelu,
    .geluGradient = geluGradient,
    .layerNorm = layerNorm,
    .layerNormGradient = layerNormGradient,
    .rmsNorm = rmsNorm,
    .rmsNormGradient = rmsNormGradient,
    .swiglu = swiglu,
    .swigluGradient = swigluGradient,
    .rotary = rotary,
    .dropout = dropout,
    .embeddingGradient = embeddingGradient,
    .crossEntropy = crossEntropy,
    .crossEntropyGradient = crossEntropyGradient,
    .columnSums = columnSums,
    .squaredSum = squaredSum,
    .adamw = adamw,
    .causalAttention = causalAttention,
    .causalAttentionGradient = causalAttentionGradient,
    .cachedAttention = cachedAttention,
    .gemm = gemm,
    .narrow = narrow,
    .narrowGemm = narrowGemm,
};

}  // namespace CODEX_SET
