// Vectors of floats as wide as the instruction set that a file is compiled for. Everything here and in kernels/ is
// compiled once per instruction set, in a namespace of its own (instruction-set.cpp).
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#if defined(__AVX512F__)
#define CODEX_LANES 16
#elif defined(__AVX2__)
#define CODEX_LANES 8
#else
#define CODEX_LANES 4
#endif

namespace CODEX_SET {

constexpr size_t lanes = CODEX_LANES;

typedef float Floats __attribute__((vector_size(CODEX_LANES * 4)));
typedef int32_t Ints __attribute__((vector_size(CODEX_LANES * 4)));
typedef uint32_t Words __attribute__((vector_size(CODEX_LANES * 4)));
typedef uint16_t Halves __attribute__((vector_size(CODEX_LANES * 2)));

/** Memory of any alignment as a vector. */
struct __attribute__((packed, may_alias)) AnyFloats {
  Floats value;
};

inline Floats load(const float* from) { return reinterpret_cast<const AnyFloats*>(from)->value; }
inline void store(float* to, Floats x) { reinterpret_cast<AnyFloats*>(to)->value = x; }
inline Floats all(float x) { return x - Floats{}; }

/** The first `count` lanes, the others `other`; reads nothing behind them. */
inline Floats loadPart(const float* from, size_t count, float other = 0) {
  Floats x = all(other);
  std::memcpy(&x, from, count * sizeof(float));
  return x;
}
inline void storePart(float* to, Floats x, size_t count) { std::memcpy(to, &x, count * sizeof(float)); }

/** `lanes` signed bytes. */
inline Floats loadBytes(const int8_t* from) {
#if defined(__AVX512F__)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return __builtin_convertvector(reinterpret_cast<Ints>(_mm512_maskz_cvtepi8_epi32(0xffff, bytes)), Floats);
#elif defined(__AVX2__)
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
  return __builtin_convertvector(reinterpret_cast<Ints>(_mm256_cvtepi8_epi32(bytes)), Floats);
#elif defined(__aarch64__)
  int32_t bytes;
  std::memcpy(&bytes, from, sizeof(bytes));
  const int16x8_t wide = vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(bytes)));
  return reinterpret_cast<Floats>(vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide))));
#else
  Ints values;
  for (size_t lane = 0; lane < lanes; lane++) values[lane] = from[lane];
  return __builtin_convertvector(values, Floats);
#endif
}

/** Whole numbers within ±127, as signed bytes. */
inline void storeBytes(int8_t* to, Floats x) {
  const Ints values = __builtin_convertvector(x, Ints);
#if defined(__AVX512F__)
  _mm512_mask_cvtepi32_storeu_epi8(to, 0xffff, reinterpret_cast<__m512i>(values));
#elif defined(__AVX2__)
  const __m256i words = reinterpret_cast<__m256i>(values);
  const __m128i halves = _mm_packs_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packs_epi16(halves, halves));
#else
  for (size_t lane = 0; lane < lanes; lane++) to[lane] = static_cast<int8_t>(values[lane]);
#endif
}

inline Floats greater(Floats a, Floats b) { return a > b ? a : b; }
inline Floats lesser(Floats a, Floats b) { return a < b ? a : b; }

/** The sum of all lanes, halves first: the same order on every machine of this width. */
inline float sum(Floats x) {
  float values[lanes];
  std::memcpy(values, &x, sizeof(values));
  for (size_t width = lanes / 2; width > 0; width /= 2) {
    for (size_t lane = 0; lane < width; lane++) values[lane] += values[lane + width];
  }
  return values[0];
}

/** The same, in double precision. */
inline double sumInDouble(Floats x) {
  double total = 0;
  for (size_t lane = 0; lane < lanes; lane++) total += static_cast<double>(x[lane]);
  return total;
}

inline float largest(Floats x) {
  float values[lanes];
  std::memcpy(values, &x, sizeof(values));
  float most = values[0];
  for (size_t lane = 1; lane < lanes; lane++) most = values[lane] > most ? values[lane] : most;
  return most;
}

/** √x, lane by lane, correctly rounded. */
inline Floats squareRoot(Floats x) {
#if defined(__AVX512F__)
  return reinterpret_cast<Floats>(_mm512_maskz_sqrt_ps(0xffff, reinterpret_cast<__m512>(x)));
#elif defined(__AVX2__)
  return reinterpret_cast<Floats>(_mm256_sqrt_ps(reinterpret_cast<__m256>(x)));
#elif defined(__SSE2__)
  return reinterpret_cast<Floats>(_mm_sqrt_ps(reinterpret_cast<__m128>(x)));
#elif defined(__aarch64__)
  return reinterpret_cast<Floats>(vsqrtq_f32(reinterpret_cast<float32x4_t>(x)));
#else
  Floats root;
  for (size_t lane = 0; lane < lanes; lane++) root[lane] = __builtin_sqrtf(x[lane]);
  return root;
#endif
}

/** Turns lanes × lanes floats over their diagonal. */
inline void transpose(Floats (&x)[lanes]) {
  Ints lane;
  for (size_t i = 0; i < lanes; i++) lane[i] = static_cast<int32_t>(i);
#pragma GCC unroll 4
  for (int32_t width = 1; width < static_cast<int32_t>(lanes); width *= 2) {
    const Ints isHigh = (lane & width) != 0;
    const Ints low = lane + (isHigh & static_cast<int32_t>(lanes - width));
    const Ints high = lane + (~isHigh & width) + (isHigh & static_cast<int32_t>(lanes));
#pragma GCC unroll 16
    for (size_t i = 0; i < lanes; i++) {
      if (i & static_cast<size_t>(width)) continue;
      const Floats a = x[i], b = x[i + static_cast<size_t>(width)];
      x[i] = __builtin_shuffle(a, b, low);
      x[i + static_cast<size_t>(width)] = __builtin_shuffle(a, b, high);
    }
  }
}

/**
 * eˣ within 2 units in the last place; below -87.3 it is about 1.2e-38, above 88.7 about 3.4e38. NaN stays NaN.
 *
 * @source Cody and Waite's reduction, x = n·ln 2 + r; the polynomial is the minimax one of the Cephes library (expf).
 */
inline Floats exponential(Floats x) {
  Floats bounded = x < -87.33f ? all(-87.33f) : x;
  bounded = bounded > 88.72f ? all(88.72f) : bounded;
  constexpr float roundToWhole = 12582912.0f;  // 1.5 · 2²³: adding it leaves no room for a fraction
  Floats n = (bounded * 1.44269504f + roundToWhole) - roundToWhole;
  Floats r = bounded - n * 0.693359375f + n * 2.12194440e-4f;
  Floats p = all(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  // In two steps, so that 2¹²⁸ does not overflow before it is scaled.
  Ints whole = __builtin_convertvector(n, Ints);
  Ints half = whole >> 1;
  Floats first = reinterpret_cast<Floats>((half + 127) << 23);
  Floats second = reinterpret_cast<Floats>((whole - half + 127) << 23);
  return p * first * second;
}

inline Floats sigmoid(Floats x) { return 1.0f / (1.0f + exponential(-x)); }

}  // namespace CODEX_SET
