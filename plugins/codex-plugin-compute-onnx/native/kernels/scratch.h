// Memory of a thread's own that kernels use while they run and leave behind for the next.
#pragma once
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace CODEX_SET {

/** Frees its memory when its thread ends. */
template <class Element>
struct Scratch {
  Element* data = nullptr;
  size_t size = 0;

  ~Scratch() { std::free(data); }
};

/**
 * At least `size` elements, on a cache line's boundary, with anything in them. A kernel takes it before it starts its
 * blocks, which may then write to places of their own in it. Blocks that need some themselves take it under another `use`:
 * the caller's thread runs blocks too. It is small beside a program's tensors, in most kernels a few MB, and no budget
 * counts it: where there is none, a thread of ONNX Runtime's has no way to say so, and the process ends.
 */
template <class Element = float, int use = 0>
inline Element* scratch(size_t size) {
  static thread_local Scratch<Element> own;
  if (own.size < size) {
    std::free(own.data);
    own.size = (size + 1023) / 1024 * 1024;
    own.data = static_cast<Element*>(std::aligned_alloc(64, own.size * sizeof(Element)));
    if (!own.data) {
      std::fprintf(stderr, "codex: no memory for a native operator's %zu bytes.\n", own.size * sizeof(Element));
      std::abort();
    }
  }
  return own.data;
}

}  // namespace CODEX_SET
