// Every operator, by the file that makes it.
#include "../ort/operator.h"

namespace codex {

extern Operator adamw;
extern Operator causalAttention, packedCausalAttention, causalAttentionGradient, packedCausalAttentionGradient;
extern Operator cachedAttention;
extern Operator crossEntropy, crossEntropyGradient, headCrossEntropyOperator;
extern Operator dropout, dropoutMask;
extern Operator gelu, geluGradient;
extern Operator gemm, gemmGelu, gemmWithRows;
extern Operator layerNorm, layerNormGradient, rmsNorm, rmsNormGradient;
extern Operator narrow, narrowGemm;
extern Operator rotary;
extern Operator columnSums, squaredSum, embeddingGradient, embeddingGradientOnto;
extern Operator swiglu, swigluGradient;

const std::vector<Operator*>& operators() {
  static const std::vector<Operator*> all = {
      &adamw,
      &causalAttention, &packedCausalAttention, &causalAttentionGradient, &packedCausalAttentionGradient,
      &cachedAttention,
      &crossEntropy, &crossEntropyGradient, &headCrossEntropyOperator,
      &dropout,    &dropoutMask,
      &gelu,       &geluGradient,
      &gemm,       &gemmGelu,   &gemmWithRows,
      &layerNorm,  &layerNormGradient, &rmsNorm, &rmsNormGradient,
      &narrow,     &narrowGemm,
      &rotary,
      &columnSums, &squaredSum, &embeddingGradient, &embeddingGradientOnto,
      &swiglu,     &swigluGradient,
  };
  return all;
}

}  // namespace codex
