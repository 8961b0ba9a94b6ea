// What the kernels of causal attention are given.
#pragma once
#include <cstddef>
#include <cstdint>

namespace codex {

/** Sequences, heads and widths of an attention. */
struct AttentionShape {
  size_t length, batch, heads, width;
  /** Factor of the scores. */
  float scale;
  /** [batch, length]: tokens see those of their own segment alone. Null: each sequence is one segment. */
  const int32_t* segmentIds;
};

/** Dropout of the probabilities: the mask [batch, heads, length, length] of codex-nn's `dropoutMaskValues`. */
struct AttentionDropout {
  /** Seed's low word, its high word, step, microStep. Null: nothing is dropped. */
  const int32_t* key;
  uint32_t site;
  /** Draws of 16 bits below it are dropped. */
  uint32_t threshold;
};

/** A tensor [length, batch, heads, width] that may lie between others; strides in floats, heads side by side. */
template <class Float>
struct TimeMajor {
  Float* data;
  size_t timeStride, batchStride;
};

struct AttentionInputs {
  TimeMajor<const float> q, k, v;
};

/** Gradients of the inputs. */
struct AttentionGradients {
  TimeMajor<float> dq, dk, dv;
};

}  // namespace codex
