// Memory of a thread's own that kernels use while they run and leave behind for the next.
#pragma once
#include <cstddef>
#include <cstdlib>

namespace CODEX_SET {

/** Frees its memory when its thread ends. */
struct Scratch {
  float* data = nullptr;
  size_t size = 0;

  ~Scratch() { std::free(data); }
};

/** At least `size` floats, on a cache line's boundary, with anything in them; `place` tells apart what is used at once. */
inline float* scratch(size_t place, size_t size) {
  static thread_local Scratch places[4];
  Scratch& own = places[place];
  if (own.size < size) {
    std::free(own.data);
    own.size = (size + 1023) / 1024 * 1024;
    own.data = static_cast<float*>(std::aligned_alloc(64, own.size * sizeof(float)));
  }
  return own.data;
}

}  // namespace CODEX_SET
