// What each instruction set offers: one table of functions each.
#pragma once
#include <cstddef>
#include <cstdint>
#include "parallel.h"

namespace codex {

/**
 * c [rows, columns] = alpha · a [rows, depth] · b [depth, columns] + base + bias, or gelu of that. Strides count floats.
 */
struct Product {
  size_t rows, columns, depth;
  const float* a;
  size_t aRowStride, aColumnStride;
  const float* b;
  size_t bRowStride, bColumnStride;
  float* c;
  /** Of base and beforeGelu too. */
  size_t cRowStride;
  float alpha = 1;
  /** Null for none; may be c itself, which then is added to. */
  const float* base = nullptr;
  /** [columns], or null. */
  const float* bias = nullptr;
  /** Where given, c is gelu of what is stored here. */
  float* beforeGelu = nullptr;
};

struct Kernels {
  /** `avx512`, `avx2`, `neon` or `portable`. */
  const char* instructionSet;

  void (*gelu)(const float* x, float* y, size_t size, const Parallel&);
  void (*geluGradient)(const float* dy, const float* x, float* dx, size_t size, const Parallel&);

  void (*gemm)(const Product&, const Parallel&);
};

/** The kernels for this processor, or for the named set where it has that one too. */
const Kernels& kernels();

/** Chooses a set by name, for tests; false where this processor or library does not have it. */
bool chooseKernels(const char* instructionSet);

}  // namespace codex
