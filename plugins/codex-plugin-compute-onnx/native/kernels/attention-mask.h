// The dropout mask of attention, a block at a time.
#pragma once
#include "../attention-operands.h"
#include "attention-block.h"
#include "philox.h"

namespace CODEX_SET {

/** Groups of eight draws that a row of a block can touch: one more than fit, where the row starts within a group. */
constexpr size_t groupsOfMaskRow = attentionBlock / drawsOfGroup + 1;

/** Draws the mask's block of `queries` rows and `columns` columns, rows `attentionBlock` apart. */
class AttentionMask {
 public:
  AttentionMask(const codex::AttentionDropout& dropout, size_t head, size_t length)
      : stream_(dropout.key, dropout.site),
        threshold_(dropout.threshold),
        kept_(dropoutScale(dropout.threshold)),
        firstRow_(static_cast<uint64_t>(head) * length),
        length_(length) {}

  void block(size_t query, size_t queries, size_t key, size_t columns, float* mask) const {
    constexpr size_t most = attentionBlock * groupsOfMaskRow;
    uint32_t groups[most + lanes];
    uint16_t draws[(most + lanes) * drawsOfGroup];
    size_t count = 0;
    for (size_t row = 0; row < queries; row++) {
      const uint64_t first = element(query + row, key);
      const uint64_t last = (first + columns - 1) / drawsOfGroup;
      for (uint64_t group = first / drawsOfGroup; group <= last; group++) groups[count++] = static_cast<uint32_t>(group);
    }
    std::memset(groups + count, 0, sizeof(Words));
    for (size_t i = 0; i < count; i += lanes) {
      Words some;
      std::memcpy(&some, groups + i, sizeof(some));
      drawBitsOf(stream_, some, draws + i * drawsOfGroup);
    }
    const uint16_t* from = draws;
    for (size_t row = 0; row < queries; row++) {
      const uint64_t first = element(query + row, key);
      const size_t offset = first % drawsOfGroup;
      for (size_t column = 0; column < columns; column += lanes) {
        Halves bits;
        std::memcpy(&bits, from + offset + column, sizeof(bits));
        const Ints wide = __builtin_convertvector(bits, Ints);
        store(mask + row * attentionBlock + column, wide >= static_cast<int32_t>(threshold_) ? all(kept_) : Floats{});
      }
      from += ((first + columns - 1) / drawsOfGroup - first / drawsOfGroup + 1) * drawsOfGroup;
    }
  }

 private:
  uint64_t element(size_t query, size_t key) const { return (firstRow_ + query) * length_ + key; }

  RandomStream stream_;
  uint32_t threshold_;
  float kept_;
  uint64_t firstRow_;
  size_t length_;
};

}  // namespace CODEX_SET
