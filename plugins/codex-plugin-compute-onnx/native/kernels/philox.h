// Random bits as a pure function of key and counter.
#pragma once
#include "../vector.h"

namespace CODEX_SET {

/** Both halves of the 64-bit products of words with a number. */
struct Products {
  Words low, high;
};

#if defined(__AVX2__)
typedef uint64_t Doubles __attribute__((vector_size(CODEX_LANES * 4)));

/** The low words of one and the high words of the other. */
inline Words mixed(Doubles low, Doubles high) {
  constexpr uint64_t lowWord = 0xffffffff;
  return reinterpret_cast<Words>((low & lowWord) | (high & ~lowWord));
}
#endif

inline Products multiplyWide(Words x, uint32_t factor) {
  Products products;
#if defined(__AVX512F__)
  // The masked forms, all lanes on: GCC warns of the plain ones that they read what nothing set.
  const __m512i by = _mm512_set1_epi32(static_cast<int>(factor));
  const Doubles pairs = reinterpret_cast<Doubles>(x);
  const Doubles even = reinterpret_cast<Doubles>(_mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(pairs), by));
  const Doubles odd =
      reinterpret_cast<Doubles>(_mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(pairs >> 32), by));
  products.low = mixed(even, odd << 32);
  products.high = mixed(even >> 32, odd);
#elif defined(__AVX2__)
  const __m256i by = _mm256_set1_epi32(static_cast<int>(factor));
  const Doubles pairs = reinterpret_cast<Doubles>(x);
  const Doubles even = reinterpret_cast<Doubles>(_mm256_mul_epu32(reinterpret_cast<__m256i>(pairs), by));
  const Doubles odd = reinterpret_cast<Doubles>(_mm256_mul_epu32(reinterpret_cast<__m256i>(pairs >> 32), by));
  products.low = mixed(even, odd << 32);
  products.high = mixed(even >> 32, odd);
#else
  for (size_t lane = 0; lane < lanes; lane++) {
    const uint64_t product = static_cast<uint64_t>(x[lane]) * factor;
    products.low[lane] = static_cast<uint32_t>(product);
    products.high[lane] = static_cast<uint32_t>(product >> 32);
  }
#endif
  return products;
}

/** What a stream of random bits is of: the elements of codex-nn's key, and the place in the model that draws. */
struct RandomStream {
  uint32_t seedLow, seedHigh, step, microStep, site;

  RandomStream(const int32_t* key, uint32_t site)
      : seedLow(static_cast<uint32_t>(key[0])),
        seedHigh(static_cast<uint32_t>(key[1])),
        step(static_cast<uint32_t>(key[2])),
        microStep(static_cast<uint32_t>(key[3])),
        site(site) {}
};

/** Counters that are drawn at a time; each gives eight draws of 16 bits. */
constexpr size_t groupsOfDraw = lanes;
constexpr size_t drawsOfGroup = 8;

/**
 * The draws of some groups, in their order: draw e of the whole stream is lane e mod 8 of Philox4x32-10 at counter
 * (⌊e/8⌋, site, microStep, step), two to a word, the low half first.
 *
 * @source Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011), section 4.2
 */
inline void drawBitsOf(const RandomStream& stream, Words groups, uint16_t* draws) {
  const Words none{};
  Words c0 = groups, c1 = none + stream.site, c2 = none + stream.microStep, c3 = none + stream.step;
  uint32_t k0 = stream.seedLow, k1 = stream.seedHigh;
  for (int round = 0; round < 10; round++) {
    const Products first = multiplyWide(c0, 0xd2511f53u);
    const Products second = multiplyWide(c2, 0xcd9e8d57u);
    c0 = second.high ^ c1 ^ k0;
    c1 = second.low;
    c2 = first.high ^ c3 ^ k1;
    c3 = first.low;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  // Words of one counter lie side by side.
  uint32_t words[4][lanes];
  std::memcpy(words[0], &c0, sizeof(c0));
  std::memcpy(words[1], &c1, sizeof(c1));
  std::memcpy(words[2], &c2, sizeof(c2));
  std::memcpy(words[3], &c3, sizeof(c3));
  for (size_t lane = 0; lane < lanes; lane++) {
    for (size_t word = 0; word < 4; word++) {
      draws[lane * drawsOfGroup + 2 * word] = static_cast<uint16_t>(words[word][lane]);
      draws[lane * drawsOfGroup + 2 * word + 1] = static_cast<uint16_t>(words[word][lane] >> 16);
    }
  }
}

/** The draws of the groups `group` to `group + groupsOfDraw − 1`. */
inline void drawBits(const RandomStream& stream, uint32_t group, uint16_t* draws) {
  Words groups;
  for (size_t lane = 0; lane < lanes; lane++) groups[lane] = group + static_cast<uint32_t>(lane);
  drawBitsOf(stream, groups, draws);
}

/** Draws below the threshold drop their element; the others are scaled by what makes up for it. */
inline float dropoutScale(uint32_t threshold) { return 65536.0f / static_cast<float>(65536 - threshold); }

}  // namespace CODEX_SET
