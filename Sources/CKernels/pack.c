#include <math.h>

#include "packed_types.h"

bool deck_packed_shape(uint32_t type, size_t rows, size_t columns, deck_packed *shape) {
    *shape = (deck_packed){.rows = rows, .columns = columns};
    switch (type) {
#define CASE(NAME, ID, VALUES, BYTES, BITS, ZERO, MINIMUM, SPLIT) \
    case ID: \
        if (columns == 0 || columns % VALUES != 0) return false; \
        shape->bits = BITS; \
        shape->zero = ZERO; \
        shape->has_minimum = MINIMUM; \
        shape->is_split = SPLIT; \
        break;
        FOR_EACH_PACKED(CASE)
#undef CASE
    default:
        return false;
    }
    const size_t blocks = columns / DECK_QUANT_BLOCK;
    const size_t bytes = blocks * (quant_bytes(shape) + factor_bytes(shape));
    shape->panel_bytes = (bytes + 63) & ~(size_t)63;
    return true;
}

/// Rounds to f16 where that costs nothing that counts: exact for f16 scales, within 2^-11 for products of K-quants.
static bool put_half(uint8_t *target, float value) {
    const float size = fabsf(value);
    const _Float16 half = (_Float16)value;
    memcpy(target, &half, sizeof half);
    return (float)half == value || (size <= 65504.0f && size >= 6.2e-5f);
}

typedef void (*part_reader)(const uint8_t *, int, quant_part *);

INLINE bool pack_panel(
    part_reader read, size_t values, size_t bytes, const deck_packed *w, const uint8_t *source, size_t row_bytes,
    size_t panel, uint8_t *target) {
    const size_t blocks = w->columns / DECK_QUANT_BLOCK, parts = values / DECK_QUANT_BLOCK;
    const size_t block_bytes = quant_bytes(w) + factor_bytes(w);
    bool fits = true;
    memset(target, 0, w->panel_bytes);
    for (size_t row = 0; row < DECK_PANEL_ROWS && panel * DECK_PANEL_ROWS + row < w->rows; row++) {
        const uint8_t *line = source + (panel * DECK_PANEL_ROWS + row) * row_bytes;
        for (size_t b = 0; b < blocks; b++) {
            quant_part part = {0};
            read(line + b / parts * bytes, (int)(b % parts), &part);
            uint8_t *quants = target + b * block_bytes + factor_bytes(w) + 4 * row;
            if (w->bits == 4) {
                for (int i = 0; i < 16; i++) {
                    quants[i / 4 * 64 + i % 4] = (uint8_t)(part.quants[i] | part.quants[16 + i] << 4);
                }
            } else {
                for (int i = 0; i < 8; i++) memcpy(quants + i * 64, part.quants + 4 * i, 4);
            }
            uint8_t *halves = target + b * block_bytes + 2 * row;
            for (int half = 0; half < (w->is_split ? 2 : 1); half++, halves += DECK_PANEL_ROWS * 2) {
                fits = put_half(halves, part.scale[half]) && fits;
            }
            for (int half = 0; w->has_minimum && half < (w->is_split ? 2 : 1); half++, halves += DECK_PANEL_ROWS * 2) {
                fits = put_half(halves, part.minimum[half]) && fits;
            }
        }
    }
    return fits;
}

#define DEFINE(NAME, ID, VALUES, BYTES, BITS, ZERO, MINIMUM, SPLIT) \
    CLONES bool deck_pack_##NAME( \
        const deck_packed *shape, const uint8_t *source, size_t row_bytes, size_t first, size_t count, \
        uint8_t *target) { \
        bool fits = true; \
        for (size_t panel = first; panel < first + count; panel++) { \
            fits = pack_panel( \
                       part_##NAME, VALUES, BYTES, shape, source, row_bytes, panel, target + panel * shape->panel_bytes) \
                   && fits; \
        } \
        return fits; \
    }
FOR_EACH_PACKED(DEFINE)

bool deck_pack(
    uint32_t type, const deck_packed *shape, const void *source, size_t row_bytes, size_t first, size_t count,
    uint8_t *target) {
    switch (type) {
#define CASE(NAME, ID, VALUES, BYTES, BITS, ZERO, MINIMUM, SPLIT) \
    case ID: return deck_pack_##NAME(shape, source, row_bytes, first, count, target);
        FOR_EACH_PACKED(CASE)
    default: return false;
    }
}

/// Quantises one block to multiples of `scale`, and writes its factors.
INLINE void quantise_block(
    const lanes *first, const lanes *second, float scale, size_t b, size_t blocks, int8_t *values, float *factors) {
    const float inverse = scale > 0 ? 1.0f / scale : 0;
    // Adding 1.5·2^23 leaves the nearest integer in the low bits.
    const float magic = 12582912.0f;
    const int_lanes q1 = (int_lanes)(*first * inverse + magic) - 0x4b400000;
    const int_lanes q2 = (int_lanes)(*second * inverse + magic) - 0x4b400000;
    const sbyte_lanes b1 = __builtin_convertvector(q1, sbyte_lanes), b2 = __builtin_convertvector(q2, sbyte_lanes);
    memcpy(values, &b1, sizeof b1);
    memcpy(values + LANES, &b2, sizeof b2);
    const float sum_1 = (float)__builtin_reduce_add(q1) * scale, sum_2 = (float)__builtin_reduce_add(q2) * scale;
    factors[b] = scale;
    factors[blocks + b] = sum_1 + sum_2;
    factors[2 * blocks + 2 * b] = sum_1;
    factors[2 * blocks + 2 * b + 1] = sum_2;
}

/// Quantises one block by its second largest number, and leaves the largest as 128 · high + low of the same scale.
INLINE void escape_block(
    const float *x, size_t b, size_t blocks, int8_t *values, float *factors, deck_escape *escape) {
    float block[DECK_QUANT_BLOCK], most = 0, next = 0;
    size_t at = 0;
    memcpy(block, x, sizeof block);
    for (size_t i = 0; i < DECK_QUANT_BLOCK; i++) {
        const float size = fabsf(block[i]);
        if (size > most) {
            next = most;
            most = size;
            at = i;
        } else if (size > next) {
            next = size;
        }
    }
    // 127 · 128 is the largest that high can stand for.
    const float wanted = next / 127.0f, least = most / (127.0f * 128.0f), scale = wanted > least ? wanted : least;
    const float whole = scale > 0 ? rintf(block[at] / scale) : 0, high = rintf(whole / 128.0f);
    block[at] = (whole - 128.0f * high) * scale;
    lanes first, second;
    load_f32(block, &first);
    load_f32(block + LANES, &second);
    quantise_block(&first, &second, scale, b, blocks, values, factors);
    *escape = (deck_escape){.factor = 128.0f * scale, .group = (uint32_t)((b * DECK_QUANT_BLOCK + at) / 4)};
    escape->high[at % 4] = (int8_t)high;
    factors[blocks + b] += high * escape->factor;
    factors[2 * blocks + 2 * b + at / LANES] += high * escape->factor;
}

CLONES void deck_quantise(const float *x, size_t columns, int8_t *values, float *factors) {
    const size_t blocks = columns / DECK_QUANT_BLOCK, wanted = DECK_ESCAPES(blocks);
    deck_escape *escapes = (deck_escape *)(factors + 4 * blocks);
    memset(escapes, 0, wanted * sizeof *escapes);
    size_t kept = 0;
    for (size_t b = 0; b < blocks; b++) {
        lanes first, second;
        load_f32(x + b * DECK_QUANT_BLOCK, &first);
        load_f32(x + b * DECK_QUANT_BLOCK + LANES, &second);
        const lanes size_1 = __builtin_elementwise_abs(first), size_2 = __builtin_elementwise_abs(second);
        const lanes larger = __builtin_elementwise_max(size_1, size_2);
        const lanes smaller = __builtin_elementwise_min(size_1, size_2);
        const float most = largest_lane(&larger);
        quantise_block(&first, &second, most / 127.0f, b, blocks, values + b * DECK_QUANT_BLOCK, factors);
        // What the block's squared error is without its largest number, less what it is now: the gain of an escape.
        const lanes nothing = {0};
        const int_lanes is_most = larger >= most;
        lanes others;
        choose(&is_most, &nothing, &larger, &others);
        others = __builtin_elementwise_max(others, smaller);
        const float next = largest_lane(&others), gain = most * most - next * next;
        // The blocks of the largest gains so far, in falling order: `factor` holds the gain, `group` the block.
        size_t place = kept < wanted ? kept++ : wanted;
        while (place > 0 && escapes[place - 1].factor < gain) {
            if (place < wanted) escapes[place] = escapes[place - 1];
            place--;
        }
        if (place < wanted) escapes[place] = (deck_escape){.factor = gain, .group = (uint32_t)b};
    }
    for (size_t i = 0; i < kept; i++) {
        const size_t b = escapes[i].group;
        escape_block(x + b * DECK_QUANT_BLOCK, b, blocks, values + b * DECK_QUANT_BLOCK, factors, escapes + i);
    }
}
