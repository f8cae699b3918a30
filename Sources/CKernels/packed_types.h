#ifndef LORADECK_PACKED_TYPES_H
#define LORADECK_PACKED_TYPES_H

#include "lanes.h"
#include "packed.h"

/// Columns 32·part ..< 32·(part + 1) of a ggml block, as integers and their factors. A weight is
/// scale · (quant - zero) + minimum, with factors [0] for the first sixteen columns and [1] for the others.
typedef struct {
    uint8_t quants[32];
    float scale[2];
    float minimum[2];
} quant_part;

INLINE void nibbles(const uint8_t *source, uint8_t *quants) {
    for (int i = 0; i < 16; i++) {
        quants[i] = source[i] & 15;
        quants[16 + i] = source[i] >> 4;
    }
}

INLINE void fifths(uint32_t bits, uint8_t *quants) {
    for (int i = 0; i < 32; i++) quants[i] |= (uint8_t)(((bits >> i) & 1) << 4);
}

INLINE void both(float *pair, float value) { pair[0] = pair[1] = value; }

INLINE void part_q4_0(const uint8_t *b, int part, quant_part *p) {
    both(p->scale, half_at(b));
    nibbles(b + 2, p->quants);
}

INLINE void part_q4_1(const uint8_t *b, int part, quant_part *p) {
    both(p->scale, half_at(b));
    both(p->minimum, half_at(b + 2));
    nibbles(b + 4, p->quants);
}

INLINE void part_q5_0(const uint8_t *b, int part, quant_part *p) {
    uint32_t bits;
    memcpy(&bits, b + 2, 4);
    both(p->scale, half_at(b));
    nibbles(b + 6, p->quants);
    fifths(bits, p->quants);
}

INLINE void part_q5_1(const uint8_t *b, int part, quant_part *p) {
    uint32_t bits;
    memcpy(&bits, b + 4, 4);
    both(p->scale, half_at(b));
    both(p->minimum, half_at(b + 2));
    nibbles(b + 8, p->quants);
    fifths(bits, p->quants);
}

INLINE void part_q8_0(const uint8_t *b, int part, quant_part *p) {
    both(p->scale, half_at(b));
    for (int i = 0; i < 32; i++) p->quants[i] = b[2 + i] ^ 0x80;
}

INLINE void part_q2_K(const uint8_t *b, int part, quant_part *p) {
    const float d = half_at(b + 80), dmin = half_at(b + 82);
    const uint8_t *quants = b + 16 + 32 * (part / 4);
    for (int i = 0; i < 32; i++) p->quants[i] = (quants[i] >> (2 * (part % 4))) & 3;
    for (int half = 0; half < 2; half++) {
        const uint8_t s = b[2 * part + half];
        p->scale[half] = d * (float)(s & 15);
        p->minimum[half] = -dmin * (float)(s >> 4);
    }
}

INLINE void part_q3_K(const uint8_t *b, int part, quant_part *p) {
    const float d = half_at(b + 108);
    const uint8_t *quants = b + 32 + 32 * (part / 4), *s = b + 96;
    for (int i = 0; i < 32; i++) {
        p->quants[i] = (uint8_t)(((quants[i] >> (2 * (part % 4))) & 3) | (((b[i] >> part) & 1) << 2));
    }
    for (int half = 0; half < 2; half++) {
        const int i = 2 * part + half;
        const int low = i < 8 ? s[i] & 15 : s[i - 8] >> 4, high = (s[8 + i % 4] >> (2 * (i / 4))) & 3;
        p->scale[half] = d * (float)((low | high << 4) - 32);
    }
}

/// Six-bit scale and minimum of sub-block `part`, packed in twelve bytes as Q4_K and Q5_K share it.
INLINE void part_factors_K(const uint8_t *b, int part, quant_part *p) {
    const uint8_t *s = b + 4;
    int scale, minimum;
    if (part < 4) {
        scale = s[part] & 63;
        minimum = s[part + 4] & 63;
    } else {
        scale = (s[part + 4] & 15) | (s[part - 4] >> 6) << 4;
        minimum = (s[part + 4] >> 4) | (s[part] >> 6) << 4;
    }
    both(p->scale, half_at(b) * (float)scale);
    both(p->minimum, -half_at(b + 2) * (float)minimum);
}

INLINE void part_q4_K(const uint8_t *b, int part, quant_part *p) {
    part_factors_K(b, part, p);
    const uint8_t *quants = b + 16 + 32 * (part / 2);
    for (int i = 0; i < 32; i++) p->quants[i] = (quants[i] >> (4 * (part % 2))) & 15;
}

INLINE void part_q5_K(const uint8_t *b, int part, quant_part *p) {
    part_factors_K(b, part, p);
    const uint8_t *quants = b + 48 + 32 * (part / 2), *fifth = b + 16;
    for (int i = 0; i < 32; i++) {
        p->quants[i] = (uint8_t)(((quants[i] >> (4 * (part % 2))) & 15) | (((fifth[i] >> part) & 1) << 4));
    }
}

INLINE void part_q6_K(const uint8_t *b, int part, quant_part *p) {
    const float d = half_at(b + 208);
    const int quarter = part % 4;
    const uint8_t *low = b + 64 * (part / 4) + 32 * (quarter % 2), *high = b + 128 + 32 * (part / 4);
    for (int i = 0; i < 32; i++) {
        p->quants[i] =
            (uint8_t)(((low[i] >> (4 * (quarter / 2))) & 15) | (((high[i] >> (2 * quarter)) & 3) << 4));
    }
    for (int half = 0; half < 2; half++) p->scale[half] = d * (float)(int8_t)b[192 + 2 * part + half];
}

/// Every packed format: name, ggml's type id, values and bytes of its block, bits here, zero, has a minimum, is split.
#define FOR_EACH_PACKED(F) \
    F(q4_0, 2, 32, 18, 4, 8, false, false) \
    F(q4_1, 3, 32, 20, 4, 0, true, false) \
    F(q5_0, 6, 32, 22, 8, 16, false, false) \
    F(q5_1, 7, 32, 24, 8, 0, true, false) \
    F(q8_0, 8, 32, 34, 8, 128, false, false) \
    F(q2_K, 10, 256, 84, 4, 0, true, true) \
    F(q3_K, 11, 256, 110, 4, 4, false, true) \
    F(q4_K, 12, 256, 144, 4, 0, true, false) \
    F(q5_K, 13, 256, 176, 8, 0, true, false) \
    F(q6_K, 14, 256, 210, 8, 32, false, true)

/// Bytes of the quants of a panel's block.
INLINE size_t quant_bytes(const deck_packed *w) { return w->bits == 4 ? 256 : 512; }

/// Bytes before the quants of a panel's block: a vector of sixteen f16 scales, or two, then as many of minimums.
INLINE size_t factor_bytes(const deck_packed *w) {
    return (size_t)(w->is_split ? 2 : 1) * (w->has_minimum ? 2 : 1) * DECK_PANEL_ROWS * 2;
}

#endif
