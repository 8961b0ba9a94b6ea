// Work in blocks, on whatever threads there are.
#pragma once
#include <algorithm>
#include <cstddef>

namespace codex {

/**
 * Runs numbered blocks, on any threads and in any order, and returns when all are done. What a block computes may
 * depend on its number and on the shapes alone, never on the number of threads: that keeps results the same bits for
 * any number of them. Sums across blocks go to a place of each block's own and are added up in order afterwards.
 */
class Parallel {
 public:
  using Body = void (*)(void* argument, size_t block);
  using Run = void (*)(void* pool, Body body, size_t blocks, void* argument);

  /** `run` null: on the caller's thread. */
  explicit Parallel(Run run = nullptr, void* pool = nullptr) : run_(run), pool_(pool) {}

  template <class Each>
  void each(size_t blocks, const Each& body) const {
    if (blocks == 0) return;
    if (!run_ || blocks == 1) {
      for (size_t block = 0; block < blocks; block++) body(block);
      return;
    }
    run_(
        pool_, [](void* argument, size_t block) { (*static_cast<const Each*>(argument))(block); }, blocks,
        const_cast<Each*>(&body));
  }

  /** The stretches [from, to) of `size` elements, each of `length` but the last. */
  template <class Each>
  void stretches(size_t size, size_t length, const Each& body) const {
    each((size + length - 1) / length, [&](size_t block) {
      body(block * length, std::min(size, (block + 1) * length));
    });
  }

 private:
  Run run_;
  void* pool_;
};

}  // namespace codex
