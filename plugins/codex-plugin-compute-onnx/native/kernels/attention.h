// Causal attention that never stores its probabilities: a block of queries meets a block of keys at a time.
#pragma once
#include <limits>
#include "../parallel.h"
#include "attention-mask.h"
#include "attention-pack.h"
#include "scratch.h"

namespace CODEX_SET {

constexpr size_t blockSize = attentionBlock * attentionBlock;
constexpr float noScore = -std::numeric_limits<float>::infinity();

/** The numbers of the lanes, from `first` on. */
inline Ints lanesFrom(size_t first) {
  Ints numbers{};
  for (size_t lane = 0; lane < lanes; lane++) numbers[lane] = static_cast<int32_t>(lane + first);
  return numbers;
}

inline Ints allInts(int32_t x) { return x - Ints{}; }

inline Ints loadInts(const int32_t* from) {
  Ints x;
  std::memcpy(&x, from, sizeof(x));
  return x;
}

/** A block of queries, or of keys: the places `first` to `first + count − 1`. */
struct Stretch {
  size_t first, count;

  Stretch(size_t block, size_t length)
      : first(block * attentionBlock), count(std::min(attentionBlock, length - block * attentionBlock)) {}
};

/** Whether queries of one block may see keys of another, as far as their segments go. */
inline bool mayMeet(const int32_t* segmentIds, Stretch queries, Stretch keys) {
  if (!segmentIds || queries.first == keys.first) return true;
  return SegmentRange(segmentIds + queries.first, queries.count)
      .meets(SegmentRange(segmentIds + keys.first, keys.count));
}

/** Which query of a block may see which key of another. */
class Visibility {
 public:
  /** `segmentIds` of the sequence, or null. */
  Visibility(const int32_t* segmentIds, Stretch queries, Stretch keys)
      : isDiagonal(queries.first == keys.first), hasSegments(segmentIds != nullptr) {
    if (!hasSegments) return;
    std::memcpy(ofQueries_, segmentIds + queries.first, queries.count * sizeof(int32_t));
    std::memcpy(ofKeys_, segmentIds + keys.first, keys.count * sizeof(int32_t));
  }

  const bool isDiagonal, hasSegments;

  /** By lane: whether the queries from `query` on see the key. */
  Ints ofQueries(size_t query, size_t key) const {
    Ints sees = allInts(-1);
    if (isDiagonal) sees = lanesFrom(query) >= static_cast<int32_t>(key);
    if (hasSegments) sees &= loadInts(ofQueries_ + query) == ofKeys_[key];
    return sees;
  }

  /** By lane: whether the query sees the keys from `key` on. */
  Ints ofKeys(size_t query, size_t key) const {
    Ints sees = allInts(-1);
    if (isDiagonal) sees = lanesFrom(key) <= static_cast<int32_t>(query);
    if (hasSegments) sees &= loadInts(ofKeys_ + key) == ofQueries_[query];
    return sees;
  }

 private:
  int32_t ofQueries_[attentionBlock] = {};
  int32_t ofKeys_[attentionBlock] = {};
};

/** What a block of queries has seen so far: its largest scores, and the sums of weights relative to them. */
struct SoftmaxState {
  float largest[attentionBlock];
  float total[attentionBlock];
};

/**
 * Scores [keys][queries] become weights relative to the largest scores so far; `factors` is by what that scales what was
 * summed up before. Rows are keys, so that queries lie side by side and all goes lane by lane. `mask` [keys][queries]
 * multiplies weights, not their sums; null: none.
 *
 * @source Milakov and Gimelshein, Online normalizer calculation for softmax, algorithm 3
 */
inline void takeWeights(float* scores, Stretch queries, Stretch keys, const Visibility& visibility, const float* mask,
                        bool isFirst, SoftmaxState& state, float* factors) {
  const bool masks = visibility.isDiagonal || visibility.hasSegments;
  for (size_t query = 0; query < queries.count; query += lanes) {
    // On the diagonal no lane sees keys behind the vector's last query.
    const size_t seen = visibility.isDiagonal ? std::min(keys.count, query + lanes) : keys.count;
    const Floats before = isFirst ? all(noScore) : load(state.largest + query);
    Floats largest = before;
    for (size_t key = 0; key < seen; key++) {
      const Floats score = load(scores + key * attentionBlock + query);
      largest = greater(largest, masks ? (visibility.ofQueries(query, key) ? score : all(noScore)) : score);
    }
    const Floats factor = isFirst ? Floats{} : exponential(before - largest);
    Floats total = isFirst ? Floats{} : load(state.total + query) * factor;
    for (size_t key = 0; key < seen; key++) {
      float* place = scores + key * attentionBlock + query;
      Floats weight = exponential(load(place) - largest);
      if (masks) weight = visibility.ofQueries(query, key) ? weight : Floats{};
      total += weight;
      store(place, mask ? weight * load(mask + key * attentionBlock + query) : weight);
    }
    for (size_t key = seen; key < keys.count; key++) store(scores + key * attentionBlock + query, Floats{});
    store(state.largest + query, largest);
    store(state.total + query, total);
    store(factors + query, factor);
  }
}

/** Multiplies rows by factors, unless all are 1. */
inline void scaleRows(float* rows, size_t count, size_t packed, const float* factors) {
  for (size_t row = 0; row < count; row++) {
    if (factors[row] == 1.0f) continue;
    for (size_t i = 0; i < packed; i += lanes) store(rows + row * packed + i, load(rows + row * packed + i) * factors[row]);
  }
}

/**
 * y = softmax(scale · q·kᵀ, over the keys up to each query)·v, and `statistics` [2, batch, heads, length]: each query's
 * largest score, and 1 over the sum of its weights relative to that: what the gradient needs to find the weights again.
 *
 * @source Dao et al., FlashAttention: fast and memory-efficient exact attention with IO-awareness, algorithm 1
 */
inline void causalAttention(const codex::AttentionShape& shape, const codex::AttentionInputs& x,
                            const codex::AttentionDropout& dropout, const codex::TimeMajor<float>& y, float* statistics,
                            const codex::Parallel& parallel) {
  const size_t length = shape.length, width = shape.width, packed = wholeVectors(width);
  const size_t blocks = (length + attentionBlock - 1) / attentionBlock, block = attentionBlock * packed;
  const size_t heads = shape.batch * shape.heads;
  parallel.each(heads, [=, &shape, &x, &dropout, &y](size_t index) {
    float* const turnedKeys = scratch(2 * blocks * block + 3 * block + 3 * blockSize);
    float* const values = turnedKeys + blocks * block;
    float* const rows = values + blocks * block;
    float* const turnedQueries = rows + block;
    float* const sums = turnedQueries + block;
    float* const scores = sums + block;
    float* const turnedMask = scores + blockSize;
    float* const mask = turnedMask + blockSize;
    const Head head(index, shape);
    const int32_t* const segmentIds = shape.segmentIds ? shape.segmentIds + head.sequence * length : nullptr;

    for (size_t i = 0; i < blocks; i++) {
      const Stretch queries(i, length);
      const size_t columns = wholeVectors(queries.count);
      packRows(head.of(x.k, shape) + queries.first * x.k.timeStride, x.k.timeStride, queries.count, width, 1, rows);
      turnBlock({rows, packed}, columns, packed, turnedKeys + i * block);
      packRows(head.of(x.v, shape) + queries.first * x.v.timeStride, x.v.timeStride, queries.count, width, 1,
               values + i * block);
      packRows(head.of(x.q, shape) + queries.first * x.q.timeStride, x.q.timeStride, queries.count, width, shape.scale,
               rows);
      turnBlock({rows, packed}, columns, packed, turnedQueries);

      SoftmaxState state;
      // The diagonal first: there every query sees a key, itself, so that its largest score is one from then on.
      for (size_t visit = 0; visit <= i; visit++) {
        const size_t j = visit == 0 ? i : visit - 1;
        const Stretch keys(j, length);
        if (!mayMeet(segmentIds, queries, keys)) continue;
        const Visibility visibility(segmentIds, queries, keys);
        multiplyBlock<Left::byDepth>(turnedKeys + j * block, {turnedQueries, attentionBlock}, {scores, attentionBlock},
                                     keys.count, columns, false, [=](size_t row, size_t, size_t column, size_t count) {
                                       return Depth{0, i != j || column + count > row ? width : 0};
                                     });
        if (dropout.key) {
          AttentionMask(dropout, index, length)
              .block(queries.first, queries.count, keys.first, wholeVectors(keys.count), mask);
          turnBlock({mask, attentionBlock}, columns, wholeVectors(keys.count), turnedMask);
        }
        float factors[attentionBlock];
        takeWeights(scores, queries, keys, visibility, dropout.key ? turnedMask : nullptr, visit == 0, state, factors);
        if (visit > 0) scaleRows(sums, queries.count, packed, factors);
        multiplyBlock<Left::byDepth>(scores, {values + j * block, packed}, {sums, packed}, queries.count, packed,
                                     visit > 0, [=](size_t row, size_t count, size_t, size_t) {
                                       return Depth{0, i == j ? row + count : keys.count};
                                     });
      }
      for (size_t query = 0; query < queries.count; query++) state.total[query] = 1.0f / state.total[query];
      unpackRows(sums, queries.count, width, 1, state.total, head.of(y, shape) + queries.first * y.timeStride,
                 y.timeStride);
      float* const kept = statistics + index * length + queries.first;
      std::memcpy(kept, state.largest, queries.count * sizeof(float));
      std::memcpy(kept + heads * length, state.total, queries.count * sizeof(float));
    }
  });
}

}  // namespace CODEX_SET
