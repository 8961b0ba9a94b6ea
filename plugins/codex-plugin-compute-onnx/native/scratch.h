// Memory that a kernel needs for its own while it runs.
#pragma once
#include <cstddef>
#include <vector>

namespace codex {

/**
 * `count` elements of this thread's own, kept from call to call; what is in them is left over from before. A kernel takes
 * it before it starts its blocks, which may then write to places of their own in it. Blocks that need some themselves
 * take it under another `use`: the caller's thread runs blocks too.
 */
template <class Element, int use = 0>
Element* scratch(size_t count) {
  static thread_local std::vector<Element> memory;
  if (memory.size() < count) memory.resize(count);
  return memory.data();
}

}  // namespace codex
