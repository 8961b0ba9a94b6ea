#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {
namespace {

/** The product that inputs a and b and the attributes transA, transB and alpha describe; without its result and sums. */
Product productOf(const Call& call) {
  const Shape a = call.shape(0), b = call.shape(1);
  const bool transA = call.attributes.ints[0] != 0, transB = call.attributes.ints[1] != 0;
  const size_t aWidth = static_cast<size_t>(a[1]), bWidth = static_cast<size_t>(b[1]);
  Product p{};
  p.rows = static_cast<size_t>(a[transA ? 1 : 0]);
  p.depth = static_cast<size_t>(a[transA ? 0 : 1]);
  p.columns = static_cast<size_t>(b[transB ? 0 : 1]);
  p.a = call.input(0);
  p.aRowStride = transA ? 1 : aWidth;
  p.aColumnStride = transA ? aWidth : 1;
  p.b = call.input(1);
  p.bRowStride = transB ? 1 : bWidth;
  p.bColumnStride = transB ? bWidth : 1;
  p.cRowStride = p.columns;
  p.alpha = call.attributes.floats[0];
  return p;
}

Shape shapeOf(const Product& p) { return {static_cast<int64_t>(p.rows), static_cast<int64_t>(p.columns)}; }

}  // namespace

/** a, b, bias [columns] or none, base [rows, columns] or none → alpha · op(a) · op(b) + bias + base */
Operator gemm({
    .name = "Gemm",
    .inputs = {floats, floats, optionalFloats, optionalFloats},
    .compute =
        [](const Call& call) {
          Product p = productOf(call);
          p.bias = call.input(2);
          p.base = call.input(3);
          p.c = call.output(0, shapeOf(p));
          kernels().gemm(p, call.parallel());
        },
    .floatAttributes = {"alpha"},
    .intAttributes = {"transA", "transB"},
    .mayInPlace = inPlace<3, 0>,
});

/** a, b, bias [columns] or none → gelu(y), and y = alpha · op(a) · op(b) + bias, which the gradient needs */
Operator gemmGelu({
    .name = "GemmGelu",
    .inputs = {floats, floats, optionalFloats},
    .outputs = 2,
    .compute =
        [](const Call& call) {
          Product p = productOf(call);
          p.bias = call.input(2);
          p.c = call.output(0, shapeOf(p));
          p.beforeGelu = call.output(1, shapeOf(p));
          kernels().gemm(p, call.parallel());
        },
    .floatAttributes = {"alpha"},
    .intAttributes = {"transA", "transB"},
});

/**
 * a, b, base [rows, columns] or none, dy [N, columns], ids int32 [N] → alpha · op(a) · op(b) + base with each row of dy
 * added to the row of its id: the gradient of a table that is read both as an embedding and as a head.
 */
Operator gemmWithRows({
    .name = "GemmWithRows",
    .inputs = {floats, floats, optionalFloats, floats, ints},
    .compute =
        [](const Call& call) {
          Product p = productOf(call);
          p.base = call.input(2);
          p.c = call.output(0, shapeOf(p));
          kernels().gemm(p, call.parallel());
          kernels().embeddingGradient(call.input(3), call.intInput(4), p.c, p.c, sizeOf(call.shape(4)), p.rows,
                                      p.columns, call.parallel());
        },
    .floatAttributes = {"alpha"},
    .intAttributes = {"transA", "transB"},
    .mayInPlace = inPlace<2, 0>,
});

}  // namespace codex
