#ifndef LORADECK_LANES_H
#define LORADECK_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT ON

// Sixteen lanes everywhere: one AVX-512 register, two of AVX2, four of SSE2 or NEON. Vectors cross functions by pointer,
// because their calling convention differs between the clones.

#if defined(__x86_64__) && defined(__ELF__) && defined(__clang__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

// For loops whose best shape depends on the count of registers: one build for 32 registers of sixteen lanes, another for
// everything else, and the caller asks which fits.
#if defined(__x86_64__) && defined(__ELF__) && defined(__clang__)
#define WIDE __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define NARROW __attribute__((target_clones("arch=x86-64-v3", "default")))
#define HAS_WIDE __builtin_cpu_supports("x86-64-v4")
#else
#define WIDE
#define NARROW
#define HAS_WIDE false
#endif

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

#define LANES 16

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t int_lanes __attribute__((vector_size(64)));
typedef uint32_t uint_lanes __attribute__((vector_size(64)));
typedef _Float16 half_lanes __attribute__((vector_size(32)));
typedef _Float16 quarter_halves __attribute__((vector_size(8)));
typedef uint16_t short_lanes __attribute__((vector_size(32)));
typedef uint8_t byte_lanes __attribute__((vector_size(16)));
typedef int8_t sbyte_lanes __attribute__((vector_size(16)));
typedef float lanes8 __attribute__((vector_size(32)));
typedef float lanes4 __attribute__((vector_size(16)));

static const int_lanes lane_index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

INLINE float half_at(const void *p) {
    _Float16 h;
    memcpy(&h, p, 2);
    return (float)h;
}

/// All lanes become half number `lane` (a constant) of the four at `p`. Eight bytes are read: a converted vector load, where
/// a lone half would be inserted into a register that the last sum still holds, and wait for it.
#define BROADCAST_HALF(p, lane, v) \
    do { \
        quarter_halves four_; \
        memcpy(&four_, p, sizeof four_); \
        const lanes4 wide_ = __builtin_convertvector(four_, lanes4); \
        *(v) = __builtin_shufflevector( \
            wide_, wide_, lane, lane, lane, lane, lane, lane, lane, lane, lane, lane, lane, lane, lane, lane, lane, lane); \
    } while (0)

INLINE void load_f32(const float *p, lanes *v) { memcpy(v, p, sizeof *v); }

INLINE void store_f32(float *p, const lanes *v) { memcpy(p, v, sizeof *v); }

INLINE void load_f16(const uint16_t *p, lanes *v) {
    half_lanes h;
    memcpy(&h, p, sizeof h);
    *v = __builtin_convertvector(h, lanes);
}

/// Sixteen values from element `at` on of an array of f16 (`is_half`, a constant) or f32.
INLINE void load_either(bool is_half, const void *values, size_t at, lanes *v) {
    if (is_half) load_f16((const uint16_t *)values + at, v);
    else load_f32((const float *)values + at, v);
}

INLINE float either_at(bool is_half, const void *values, size_t at) {
    return is_half ? half_at((const uint16_t *)values + at) : ((const float *)values)[at];
}

INLINE float sum_lanes(const lanes *v) {
    const lanes8 a = __builtin_shufflevector(*v, *v, 0, 1, 2, 3, 4, 5, 6, 7) +
                     __builtin_shufflevector(*v, *v, 8, 9, 10, 11, 12, 13, 14, 15);
    const lanes4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
    return (b[0] + b[2]) + (b[1] + b[3]);
}

INLINE float largest_lane(const lanes *v) { return __builtin_reduce_max(*v); }

/// chosen = mask ? yes : no, lane by lane; mask lanes are 0 or -1.
INLINE void choose(const int_lanes *mask, const lanes *yes, const lanes *no, lanes *chosen) {
    *chosen = (lanes)(((int_lanes)*yes & *mask) | ((int_lanes)*no & ~*mask));
}

/// e to the x by a degree-6 polynomial after Cephes; about 1e-7 relative. x below -87 counts as -87, above 88 as 88.
INLINE void exponential(const lanes *x, lanes *y) {
    const lanes low = {-87, -87, -87, -87, -87, -87, -87, -87, -87, -87, -87, -87, -87, -87, -87, -87};
    const lanes high = -low + 1.0f;
    lanes v = *x;
    int_lanes above = v > low;
    choose(&above, &v, &low, &v);
    int_lanes below = v < high;
    choose(&below, &v, &high, &v);
    // Adding 1.5·2^23 rounds to an integer.
    const float magic = 12582912.0f;
    const lanes whole = (v * 1.44269504088896341f + magic) - magic;
    const lanes r = (v - whole * 0.693359375f) - whole * -2.12194440e-4f;
    lanes p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    const int_lanes exponent = (__builtin_convertvector(whole, int_lanes) + 127) << 23;
    *y = p * (lanes)exponent;
}

#endif
