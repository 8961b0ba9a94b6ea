// Dropout, its mask drawn where it is used and never stored.
#pragma once
#include "../parallel.h"
#include "../row.h"
#include "philox.h"

namespace CODEX_SET {

/** Elements of a block; a multiple of what is drawn at a time. */
constexpr size_t dropoutBlock = 16384;

/**
 * y[e] = x[e] · mask[e] + added[e], with the mask that codex-nn's dropoutMaskValues gives; x null: the mask itself, added
 * null: nothing. The gradient is the same function of dy. `y` may be `x` or `added`.
 */
inline void dropout(const float* x, const float* added, const int32_t* key, uint32_t site, uint32_t threshold, float* y,
                    size_t size, const codex::Parallel& parallel) {
  const RandomStream stream(key, site);
  const float scale = dropoutScale(threshold);
  constexpr size_t drawn = groupsOfDraw * drawsOfGroup;
  static_assert(dropoutBlock % drawn == 0);
  parallel.stretches(size, dropoutBlock, [=](size_t from, size_t to) {
    uint16_t draws[drawn];
    for (size_t start = from; start < to; start += drawn) {
      drawBits(stream, static_cast<uint32_t>(start / drawsOfGroup), draws);
      const size_t count = std::min(drawn, to - start);
      alongRow(count, [&](size_t i, auto part) {
        Halves bits;
        std::memcpy(&bits, draws + i, sizeof(bits));
        const Floats kept = __builtin_convertvector(bits, Ints) >= static_cast<int32_t>(threshold) ? all(scale) : Floats{};
        const Floats value = x ? part.load(x + start + i) * kept : kept;
        part.store(y + start + i, added ? value + part.load(added + start + i) : value);
      });
    }
  });
}

}  // namespace CODEX_SET
