// Going along a row vector by vector, the last one shorter.
#pragma once
#include "vector.h"

namespace CODEX_SET {

/** How a full vector is read and written. */
struct WholeVector {
  Floats load(const float* from, float = 0) const { return CODEX_SET::load(from); }
  void store(float* to, Floats x) const { CODEX_SET::store(to, x); }
};

/** How the first `count` lanes are; those behind read as `other`. */
struct PartVector {
  size_t count;
  Floats load(const float* from, float other = 0) const { return loadPart(from, count, other); }
  void store(float* to, Floats x) const { storePart(to, x, count); }
};

/** Calls each(i, how) for i = 0, lanes, 2·lanes …; `how` loads and stores what lies at i. */
template <class Each>
inline void alongRow(size_t width, const Each& each) {
  size_t i = 0;
  for (; i + lanes <= width; i += lanes) each(i, WholeVector{});
  if (i < width) each(i, PartVector{width - i});
}

}  // namespace CODEX_SET
