#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {

/** b [depth, columns], or its transpose → int32 [panels, words], as `Narrowing` says */
Operator narrow({
    .name = "Narrow",
    .inputs = {floats},
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(0);
          const bool isTransposed = call.attributes.ints[0] != 0;
          const size_t width = static_cast<size_t>(shape[1]);
          Narrowing x{};
          x.b = call.input(0);
          x.depth = static_cast<size_t>(shape[isTransposed ? 1 : 0]);
          x.columns = static_cast<size_t>(shape[isTransposed ? 0 : 1]);
          x.rowStride = isTransposed ? 1 : width;
          x.columnStride = isTransposed ? width : 1;
          const size_t panels = (x.columns + narrowColumns - 1) / narrowColumns;
          x.panels = call.intOutput(0, {static_cast<int64_t>(panels), static_cast<int64_t>(narrowPanelWords(x.depth))});
          kernels().narrow(x, call.parallel());
        },
    .intAttributes = {"transposed"},
    .outputType = ElementType::int32,
});

/** a [rows, depth], what Narrow made of b, bias [columns] or none, base [rows, columns] or none → alpha · a·b + bias + base */
Operator narrowGemm({
    .name = "NarrowGemm",
    .inputs = {floats, ints, optionalFloats, optionalFloats},
    .compute =
        [](const Call& call) {
          const Shape a = call.shape(0);
          const int64_t columns = call.attributes.ints[0];
          kernels().narrowGemm({.rows = static_cast<size_t>(a[0]),
                                .columns = static_cast<size_t>(columns),
                                .depth = static_cast<size_t>(a[1]),
                                .a = call.input(0),
                                .panels = call.intInput(1),
                                .c = call.output(0, {a[0], columns}),
                                .alpha = call.attributes.floats[0],
                                .bias = call.input(2),
                                .base = call.input(3)},
                               call.parallel());
        },
    .floatAttributes = {"alpha"},
    .intAttributes = {"columns"},
    .mayInPlace = inPlace<3, 0>,
});

}  // namespace codex
