// What each instruction set offers: one table of functions each.
#pragma once
#include <cstddef>
#include <cstdint>
#include "parallel.h"

namespace codex {

/** c [rows, columns] = alpha · a [rows, depth] · b [depth, columns]. Strides count floats. */
struct Product {
  size_t rows, columns, depth;
  const float* a;
  size_t aRowStride, aColumnStride;
  const float* b;
  size_t bRowStride, bColumnStride;
  float* c;
  size_t cRowStride;
  float alpha = 1;
  /** c += instead of c =. */
  bool adds = false;
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
