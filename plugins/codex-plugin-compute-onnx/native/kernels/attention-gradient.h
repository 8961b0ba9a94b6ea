// The gradient of causal attention: weights are found again, a block of queries and a block of keys at a time.
#pragma once
#include "attention.h"

namespace CODEX_SET {

/** What is kept of each query: its largest score, 1 over the sum of its weights, and the sum of dy·y. */
struct QueryStatistics {
  const float* largest;
  const float* inverseTotal;
  const float* product;
};

/**
 * Scores [queries][keys] become weights times the mask; `dWeights` (gradients of weights behind the mask) become gradients
 * of scores. Both are zero where a query does not see a key.
 */
inline void takeScoreGradients(float* scores, float* dWeights, Stretch queries, Stretch keys,
                               const Visibility& visibility, const float* mask, QueryStatistics statistics) {
  const bool masks = visibility.isDiagonal || visibility.hasSegments;
  for (size_t query = 0; query < queries.count; query++) {
    const float largest = statistics.largest[query], inverse = statistics.inverseTotal[query];
    const float product = statistics.product[query];
    const size_t columns = wholeVectors(keys.count);
    const size_t seen = visibility.isDiagonal ? std::min(columns, wholeVectors(query + 1)) : columns;
    for (size_t key = 0; key < seen; key += lanes) {
      const size_t place = query * attentionBlock + key;
      Floats weight = exponential(load(scores + place) - largest) * inverse;
      Floats gradient = load(dWeights + place);
      const Floats factor = mask ? load(mask + place) : all(1);
      gradient = weight * (gradient * factor - product);
      weight = weight * factor;
      if (masks) {
        const Ints sees = visibility.ofKeys(query, key);
        weight = sees ? weight : Floats{};
        gradient = sees ? gradient : Floats{};
      }
      store(scores + place, weight);
      store(dWeights + place, gradient);
    }
    for (size_t key = seen; key < columns; key += lanes) {
      store(scores + query * attentionBlock + key, Floats{});
      store(dWeights + query * attentionBlock + key, Floats{});
    }
  }
}

/**
 * dq, dk and dv of dy, from the inputs, y and the statistics of `causalAttention`. Sums run over blocks in their order.
 *
 * @source Dao et al., FlashAttention, algorithm 4
 */
inline void causalAttentionGradient(const codex::AttentionShape& shape, const codex::AttentionInputs& x,
                                    const codex::AttentionDropout& dropout, const codex::TimeMajor<const float>& y,
                                    const codex::TimeMajor<const float>& dy, const float* statistics,
                                    const codex::AttentionGradients& dx, const codex::Parallel& parallel) {
  const size_t length = shape.length, width = shape.width, packed = wholeVectors(width);
  const size_t blocks = (length + attentionBlock - 1) / attentionBlock, block = attentionBlock * packed;
  const size_t heads = shape.batch * shape.heads;
  parallel.each(heads, [=, &shape, &x, &dropout, &y, &dy, &dx](size_t index) {
    const size_t whole = blocks * block;
    float* const queryRows = scratch(5 * whole + 6 * block + 3 * blockSize + blocks * attentionBlock);
    float* const turnedQueries = queryRows + whole;
    float* const dyRows = turnedQueries + whole;
    float* const turnedDy = dyRows + whole;
    float* const dQueries = turnedDy + whole;
    float* const rows = dQueries + whole;
    float* const keyRows = rows + block;
    float* const turnedKeys = keyRows + block;
    float* const turnedValues = turnedKeys + block;
    float* const dKeys = turnedValues + block;
    float* const dValues = dKeys + block;
    float* const scores = dValues + block;
    float* const dScores = scores + blockSize;
    float* const mask = dScores + blockSize;
    float* const products = mask + blockSize;
    const Head head(index, shape);
    const int32_t* const segmentIds = shape.segmentIds ? shape.segmentIds + head.sequence * length : nullptr;
    const float* const largest = statistics + index * length;
    const float* const inverseTotal = largest + heads * length;

    for (size_t i = 0; i < blocks; i++) {
      const Stretch queries(i, length);
      const size_t count = wholeVectors(queries.count);
      packRows(head.of(x.q, shape) + queries.first * x.q.timeStride, x.q.timeStride, queries.count, width, shape.scale,
               queryRows + i * block);
      turnBlock({queryRows + i * block, packed}, count, packed, turnedQueries + i * block);
      packRows(head.of(dy, shape) + queries.first * dy.timeStride, dy.timeStride, queries.count, width, 1,
               dyRows + i * block);
      turnBlock({dyRows + i * block, packed}, count, packed, turnedDy + i * block);
      packRows(head.of(y, shape) + queries.first * y.timeStride, y.timeStride, queries.count, width, 1, rows);
      rowProducts(dyRows + i * block, rows, queries.count, packed, products + queries.first);
    }
    std::memset(dQueries, 0, whole * sizeof(float));

    for (size_t j = 0; j < blocks; j++) {
      const Stretch keys(j, length);
      const size_t columns = wholeVectors(keys.count);
      packRows(head.of(x.k, shape) + keys.first * x.k.timeStride, x.k.timeStride, keys.count, width, 1, keyRows);
      turnBlock({keyRows, packed}, columns, packed, turnedKeys);
      packRows(head.of(x.v, shape) + keys.first * x.v.timeStride, x.v.timeStride, keys.count, width, 1, rows);
      turnBlock({rows, packed}, columns, packed, turnedValues);

      for (size_t i = j; i < blocks; i++) {
        const Stretch queries(i, length);
        if (!mayMeet(segmentIds, queries, keys)) continue;
        const bool isDiagonal = i == j;
        const auto seen = [=](size_t row, size_t count, size_t column, size_t) {
          return Depth{0, !isDiagonal || row + count > column ? width : 0};
        };
        multiplyBlock<Left::byDepth>(turnedQueries + i * block, {turnedKeys, attentionBlock}, {scores, attentionBlock},
                                     queries.count, columns, false, seen);
        multiplyBlock<Left::byDepth>(turnedDy + i * block, {turnedValues, attentionBlock}, {dScores, attentionBlock},
                                     queries.count, columns, false, seen);
        if (dropout.key) {
          AttentionMask(dropout, index, length).block(queries.first, queries.count, keys.first, columns, mask);
        }
        takeScoreGradients(scores, dScores, queries, keys, Visibility(segmentIds, queries, keys),
                           dropout.key ? mask : nullptr,
                           {largest + queries.first, inverseTotal + queries.first, products + queries.first});
        const auto fromOwn = [=](size_t row, size_t, size_t, size_t) {
          return Depth{isDiagonal ? row : 0, queries.count};
        };
        multiplyBlock<Left::byDepth>(scores, {dyRows + i * block, packed}, {dValues, packed}, keys.count, packed,
                                     !isDiagonal, fromOwn);
        multiplyBlock<Left::byDepth>(dScores, {queryRows + i * block, packed}, {dKeys, packed}, keys.count, packed,
                                     !isDiagonal, fromOwn);
        multiplyBlock<Left::byRow>(dScores, {keyRows, packed}, {dQueries + i * block, packed}, queries.count, packed,
                                   true, [=](size_t row, size_t count, size_t, size_t) {
                                     return Depth{0, isDiagonal ? row + count : keys.count};
                                   });
      }
      unpackRows(dKeys, keys.count, width, 1, nullptr, head.of(dx.dk, shape) + keys.first * dx.dk.timeStride,
                 dx.dk.timeStride);
      unpackRows(dValues, keys.count, width, 1, nullptr, head.of(dx.dv, shape) + keys.first * dx.dv.timeStride,
                 dx.dv.timeStride);
    }
    for (size_t i = 0; i < blocks; i++) {
      const Stretch queries(i, length);
      unpackRows(dQueries + i * block, queries.count, width, shape.scale, nullptr,
                 head.of(dx.dq, shape) + queries.first * dx.dq.timeStride, dx.dq.timeStride);
    }
  });
}

}  // namespace CODEX_SET
