#ifndef LORADECK_BLOCKS_H
#define LORADECK_BLOCKS_H

#include "lanes.h"

// Decoders of ggml's block formats: 32 neighbouring values, as two vectors. `part` counts the 32s inside a block.
// Layouts after the GGUF specification.

INLINE void bytes_at(const uint8_t *p, byte_lanes *q) { memcpy(q, p, sizeof *q); }

INLINE void widen(const byte_lanes *q, lanes *v) { *v = __builtin_convertvector(*q, lanes); }

/// Bit `first + lane` of `bits` as 16 or 0.
INLINE void fifth_bits(uint32_t bits, lanes *v) {
    const uint_lanes shifted = ((uint_lanes)(lane_index * 0) + bits) >> (uint_lanes)lane_index;
    *v = __builtin_convertvector((int_lanes)((shifted & 1) << 4), lanes);
}

INLINE void decode_q4_0(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    lanes d;
    BROADCAST_HALF(b, 0, &d);
    byte_lanes q;
    bytes_at(b + 2, &q);
    const byte_lanes l = q & 15, h = q >> 4;
    widen(&l, lo);
    widen(&h, hi);
    *lo = (*lo - 8.0f) * d;
    *hi = (*hi - 8.0f) * d;
}

INLINE void decode_q4_1(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    lanes d, m;
    BROADCAST_HALF(b, 0, &d);
    BROADCAST_HALF(b, 1, &m);
    byte_lanes q;
    bytes_at(b + 4, &q);
    const byte_lanes l = q & 15, h = q >> 4;
    widen(&l, lo);
    widen(&h, hi);
    *lo = *lo * d + m;
    *hi = *hi * d + m;
}

INLINE void decode_q5_0(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    lanes d;
    BROADCAST_HALF(b, 0, &d);
    uint32_t fifth;
    memcpy(&fifth, b + 2, 4);
    byte_lanes q;
    bytes_at(b + 6, &q);
    const byte_lanes l = q & 15, h = q >> 4;
    lanes l5, h5;
    widen(&l, lo);
    widen(&h, hi);
    fifth_bits(fifth, &l5);
    fifth_bits(fifth >> 16, &h5);
    *lo = (*lo + l5 - 16.0f) * d;
    *hi = (*hi + h5 - 16.0f) * d;
}

INLINE void decode_q5_1(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    lanes d, m;
    BROADCAST_HALF(b, 0, &d);
    BROADCAST_HALF(b, 1, &m);
    uint32_t fifth;
    memcpy(&fifth, b + 4, 4);
    byte_lanes q;
    bytes_at(b + 8, &q);
    const byte_lanes l = q & 15, h = q >> 4;
    lanes l5, h5;
    widen(&l, lo);
    widen(&h, hi);
    fifth_bits(fifth, &l5);
    fifth_bits(fifth >> 16, &h5);
    *lo = (*lo + l5) * d + m;
    *hi = (*hi + h5) * d + m;
}

INLINE void decode_q8_0(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    lanes d;
    BROADCAST_HALF(b, 0, &d);
    sbyte_lanes l, h;
    memcpy(&l, b + 2, sizeof l);
    memcpy(&h, b + 18, sizeof h);
    *lo = __builtin_convertvector(l, lanes) * d;
    *hi = __builtin_convertvector(h, lanes) * d;
}

/// scales[16] (4 bits scale, 4 bits minimum for each 16 values), quants[64] (2 bits), d, dmin
INLINE void decode_q2_K(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    lanes d, dmin;
    BROADCAST_HALF(b + 76, 2, &d);
    BROADCAST_HALF(b + 76, 3, &dmin);
    const uint8_t *quants = b + 16 + 32 * (part / 4);
    const int shift = 2 * (part % 4);
    byte_lanes l, h;
    bytes_at(quants, &l);
    bytes_at(quants + 16, &h);
    l = (l >> (uint8_t)shift) & 3;
    h = (h >> (uint8_t)shift) & 3;
    widen(&l, lo);
    widen(&h, hi);
    const uint8_t s0 = b[2 * part], s1 = b[2 * part + 1];
    *lo = *lo * (d * (float)(s0 & 15)) - dmin * (float)(s0 >> 4);
    *hi = *hi * (d * (float)(s1 & 15)) - dmin * (float)(s1 >> 4);
}

/// Scale i of a Q3_K block: 4 low bits in bytes 0...7 (two a byte), 2 high bits in bytes 8...11 (four a byte), minus 32.
INLINE float scale_q3_K(const uint8_t *scales, int i) {
    const int low = i < 8 ? scales[i] & 15 : scales[i - 8] >> 4;
    const int high = (scales[8 + i % 4] >> (2 * (i / 4))) & 3;
    return (float)((low | high << 4) - 32);
}

/// high bits[32], quants[64] (2 bits), scales[12] (6 bits for each 16 values), d. A clear high bit subtracts 4.
INLINE void decode_q3_K(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    lanes d;
    BROADCAST_HALF(b + 102, 3, &d);
    const uint8_t *quants = b + 32 + 32 * (part / 4);
    const int shift = 2 * (part % 4);
    byte_lanes l, h, lh, hh;
    bytes_at(quants, &l);
    bytes_at(quants + 16, &h);
    bytes_at(b, &lh);
    bytes_at(b + 16, &hh);
    l = ((l >> (uint8_t)shift) & 3) | (((lh >> (uint8_t)part) & 1) << 2);
    h = ((h >> (uint8_t)shift) & 3) | (((hh >> (uint8_t)part) & 1) << 2);
    widen(&l, lo);
    widen(&h, hi);
    *lo = (*lo - 4.0f) * (d * scale_q3_K(b + 96, 2 * part));
    *hi = (*hi - 4.0f) * (d * scale_q3_K(b + 96, 2 * part + 1));
}

/// Six-bit scale and minimum of sub-block `i`, packed in 12 bytes as Q4_K and Q5_K share it.
INLINE void scale_and_minimum(const uint8_t *s, int i, float *scale, float *minimum) {
    if (i < 4) {
        *scale = (float)(s[i] & 63);
        *minimum = (float)(s[i + 4] & 63);
    } else {
        *scale = (float)((s[i + 4] & 15) | (s[i - 4] >> 6) << 4);
        *minimum = (float)((s[i + 4] >> 4) | (s[i] >> 6) << 4);
    }
}

/// d, dmin, scales[12], quants[128]: low nibbles are an even sub-block, high nibbles the odd one after it
INLINE void decode_q4_K(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    float scale, minimum;
    lanes d, dmin;
    scale_and_minimum(b + 4, part, &scale, &minimum);
    BROADCAST_HALF(b, 0, &d);
    BROADCAST_HALF(b, 1, &dmin);
    d *= scale;
    dmin *= minimum;
    const uint8_t *quants = b + 16 + 32 * (part / 2);
    const uint8_t shift = (uint8_t)(4 * (part % 2));
    byte_lanes l, h;
    bytes_at(quants, &l);
    bytes_at(quants + 16, &h);
    l = (l >> shift) & 15;
    h = (h >> shift) & 15;
    widen(&l, lo);
    widen(&h, hi);
    *lo = *lo * d - dmin;
    *hi = *hi * d - dmin;
}

/// d, dmin, scales[12], fifth bits[32], quants[128]
INLINE void decode_q5_K(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    float scale, minimum;
    lanes d, dmin;
    scale_and_minimum(b + 4, part, &scale, &minimum);
    BROADCAST_HALF(b, 0, &d);
    BROADCAST_HALF(b, 1, &dmin);
    d *= scale;
    dmin *= minimum;
    const uint8_t *quants = b + 48 + 32 * (part / 2);
    const uint8_t shift = (uint8_t)(4 * (part % 2));
    byte_lanes l, h, l5, h5;
    bytes_at(quants, &l);
    bytes_at(quants + 16, &h);
    bytes_at(b + 16, &l5);
    bytes_at(b + 32, &h5);
    l = ((l >> shift) & 15) | (((l5 >> (uint8_t)part) & 1) << 4);
    h = ((h >> shift) & 15) | (((h5 >> (uint8_t)part) & 1) << 4);
    widen(&l, lo);
    widen(&h, hi);
    *lo = *lo * d - dmin;
    *hi = *hi * d - dmin;
}

/// low nibbles[128], high pairs[64], scales[16] (signed, for each 16 values), d; minus 32
INLINE void decode_q6_K(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    lanes d;
    BROADCAST_HALF(b + 202, 3, &d);
    const int half = part / 4, quarter = part % 4;
    const uint8_t *low = b + 64 * half + 32 * (quarter % 2);
    const uint8_t *high = b + 128 + 32 * half;
    const uint8_t nibble = (uint8_t)(4 * (quarter / 2)), pair = (uint8_t)(2 * quarter);
    byte_lanes l, h, lh, hh;
    bytes_at(low, &l);
    bytes_at(low + 16, &h);
    bytes_at(high, &lh);
    bytes_at(high + 16, &hh);
    l = ((l >> nibble) & 15) | (((lh >> pair) & 3) << 4);
    h = ((h >> nibble) & 15) | (((hh >> pair) & 3) << 4);
    widen(&l, lo);
    widen(&h, hi);
    *lo = (*lo - 32.0f) * (d * (float)(int8_t)b[192 + 2 * part]);
    *hi = (*hi - 32.0f) * (d * (float)(int8_t)b[193 + 2 * part]);
}

INLINE void decode_f32(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    memcpy(lo, b, sizeof *lo);
    memcpy(hi, b + 64, sizeof *hi);
}

INLINE void decode_f16(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    half_lanes l, h;
    memcpy(&l, b, sizeof l);
    memcpy(&h, b + 32, sizeof h);
    *lo = __builtin_convertvector(l, lanes);
    *hi = __builtin_convertvector(h, lanes);
}

INLINE void decode_bf16(const uint8_t *b, int part, lanes *lo, lanes *hi) {
    short_lanes l, h;
    memcpy(&l, b, sizeof l);
    memcpy(&h, b + 32, sizeof h);
    *lo = (lanes)(__builtin_convertvector(l, uint_lanes) << 16);
    *hi = (lanes)(__builtin_convertvector(h, uint_lanes) << 16);
}

/// Every format: name, ggml's type id, values and bytes of a block. Plain types count 32 values as a block; their rows may
/// end inside one.
#define FOR_EACH_FORMAT(F) \
    F(f32, 0, 32, 128) \
    F(f16, 1, 32, 64) \
    F(q4_0, 2, 32, 18) \
    F(q4_1, 3, 32, 20) \
    F(q5_0, 6, 32, 22) \
    F(q5_1, 7, 32, 24) \
    F(q8_0, 8, 32, 34) \
    F(q2_K, 10, 256, 84) \
    F(q3_K, 11, 256, 110) \
    F(q4_K, 12, 256, 144) \
    F(q5_K, 13, 256, 176) \
    F(q6_K, 14, 256, 210) \
    F(bf16, 30, 32, 64)

#endif
