// Every operator, by the file that makes it.
#include "../ort/operator.h"

namespace codex {

extern Operator gelu, geluGradient, gemm, gemmGelu;

const std::vector<Operator*>& operators() {
  static const std::vector<Operator*> all = {&gelu, &geluGradient, &gemm, &gemmGelu};
  return all;
}

}  // namespace codex
