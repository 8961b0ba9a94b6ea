// What each instruction set offers: one table of functions each.
#pragma once
#include <cstddef>
#include <cstdint>
#include "parallel.h"

namespace codex {

struct Kernels {
  /** `avx512`, `avx2`, `neon` or `portable`. */
  const char* instructionSet;

  void (*gelu)(const float* x, float* y, size_t size, const Parallel&);
  void (*geluGradient)(const float* dy, const float* x, float* dx, size_t size, const Parallel&);
};

/** The kernels for this processor, or for the named set where it has that one too. */
const Kernels& kernels();

/** Chooses a set by name, for tests; false where this processor or library does not have it. */
bool chooseKernels(const char* instructionSet);

}  // namespace codex
