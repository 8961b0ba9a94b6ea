#include "suite.h"
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace codex {

const std::vector<size_t> oddSizes = {1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 67, 127, 131, 1021, 16385};

Floats32 noise(size_t size, uint32_t seed, float scale) {
  Floats32 values(size);
  uint32_t state = seed * 2654435761u + 12345;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = scale * (static_cast<float>(state >> 8) / 8388608.0f - 1.0f);
  }
  return values;
}

Ints32 someIds(size_t size, int32_t limit, uint32_t seed) {
  Ints32 ids(size);
  uint32_t state = seed * 2654435761u + 12345;
  for (int32_t& id : ids) {
    state = state * 1664525u + 1013904223u;
    id = static_cast<int32_t>((state >> 8) % static_cast<uint32_t>(limit));
  }
  return ids;
}

namespace {

/** Threads that take the next block that nobody has: more of them than cores, and in any order. */
void runOnThreads(void* pool, Parallel::Body body, size_t blocks, void* argument) {
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < *static_cast<size_t*>(pool); i++) {
    threads.emplace_back([&] {
      for (size_t block = next++; block < blocks; block = next++) body(argument, block);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::string misses(const Written& written, const Expected& expected, double tolerance) {
  if (written.size() != expected.size()) return "wrote another number of outputs";
  for (size_t output = 0; output < written.size(); output++) {
    double largest = 0;
    for (double value : expected[output]) {
      if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
    }
    if (written[output].size() != expected[output].size()) return "wrote another number of elements";
    for (size_t i = 0; i < written[output].size(); i++) {
      const double is = written[output][i], should = expected[output][i];
      const bool isSame = is == should || (std::isnan(is) && std::isnan(should));
      if (isSame || std::fabs(is - should) <= tolerance * largest) continue;
      char why[160];
      std::snprintf(why, sizeof(why), "output %zu, element %zu is %.9g, should be %.9g", output, i, is, should);
      return why;
    }
  }
  return "";
}

bool sameBits(const Written& a, const Written& b) {
  for (size_t output = 0; output < a.size(); output++) {
    if (std::memcmp(a[output].data(), b[output].data(), a[output].size() * sizeof(float))) return false;
  }
  return true;
}

}  // namespace

void Suite::check(const std::string& title, double tolerance,
                  const std::function<Written(const Kernels&, const Parallel&)>& run, const Expected& expected) {
  checks++;
  const Written alone = run(kernels(), Parallel());
  const std::string why = misses(alone, expected, tolerance);
  if (!why.empty()) return fail(title, why);
  for (size_t threads : {1, 2, 4}) {
    if (sameBits(alone, run(kernels(), Parallel(runOnThreads, &threads)))) continue;
    return fail(title, "other bits with " + std::to_string(threads) + " threads");
  }
}

void Suite::fail(const std::string& title, const std::string& why) {
  failures++;
  std::printf("%s: %s: %s\n", kernels().instructionSet, title.c_str(), why.c_str());
  if (stops) std::exit(1);
}

}  // namespace codex
