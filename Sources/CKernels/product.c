#include "blocks.h"
#include "kernels.h"

// One packed row times a constant number of vectors. The rows are decoded in registers and never stored.

typedef void (*decoder)(const uint8_t *, int, lanes *, lanes *);

/// `vectors`, `values`, `bytes` and `decode` are constants in every caller, so that this unrolls to straight code.
INLINE void product(
    decoder decode, size_t values, size_t bytes, const uint8_t *rows, size_t row_bytes, size_t row_count,
    size_t columns, const float *x, size_t x_stride, int vectors, float *target, size_t target_stride,
    bool accumulate) {
    const size_t blocks = columns / values;
    // Rows of plain types may end inside a block; rows of packed types do not.
    const bool is_plain = values == 32 && bytes >= 64;
    const size_t rest = is_plain ? columns % values : 0;
    for (size_t row = 0; row < row_count; row++) {
        const uint8_t *block = rows + row * row_bytes;
        const float *at = x;
        lanes sums[DECK_PRODUCT_VECTORS], more[DECK_PRODUCT_VECTORS], lo, hi, v;
        UNROLL for (int i = 0; i < vectors; i++) sums[i] = more[i] = (lanes){0};
        for (size_t b = 0; b < blocks; b++) {
            for (int part = 0; part < (int)(values / 32); part++) {
                decode(block, part, &lo, &hi);
                UNROLL for (int i = 0; i < vectors; i++) {
                    load_f32(at + (size_t)i * x_stride, &v);
                    sums[i] += lo * v;
                    load_f32(at + (size_t)i * x_stride + LANES, &v);
                    // A second chain of sums hides latency; with more vectors there are chains enough.
                    if (vectors <= 2) more[i] += hi * v;
                    else sums[i] += hi * v;
                }
                at += 32;
            }
            block += bytes;
        }
        if (rest > 0) {
            uint8_t padded[128] = {0};
            memcpy(padded, block, rest * (bytes / 32));
            decode(padded, 0, &lo, &hi);
            UNROLL for (int i = 0; i < vectors; i++) {
                lanes tail[2] = {{0}, {0}};
                memcpy(tail, at + (size_t)i * x_stride, rest * sizeof(float));
                sums[i] += lo * tail[0];
                sums[i] += hi * tail[1];
            }
        }
        UNROLL for (int i = 0; i < vectors; i++) {
            const lanes both = vectors <= 2 ? sums[i] + more[i] : sums[i];
            float *cell = target + (size_t)i * target_stride + row;
            const float sum = sum_lanes(&both);
            *cell = accumulate ? *cell + sum : sum;
        }
    }
}

#define WITH(NAME, VALUES, BYTES, COUNT) \
    product( \
        decode_##NAME, VALUES, BYTES, rows, row_bytes, row_count, columns, x, x_stride, COUNT, target, target_stride, \
        accumulate)

#define DEFINE(NAME, ID, VALUES, BYTES) \
    CLONES void deck_product_##NAME( \
        const uint8_t *rows, size_t row_bytes, size_t row_count, size_t columns, const float *x, size_t x_stride, \
        size_t vectors, float *target, size_t target_stride, bool accumulate) { \
        switch (vectors) { \
        case 1: WITH(NAME, VALUES, BYTES, 1); break; \
        case 2: WITH(NAME, VALUES, BYTES, 2); break; \
        case 3: WITH(NAME, VALUES, BYTES, 3); break; \
        case 4: WITH(NAME, VALUES, BYTES, 4); break; \
        default: break; \
        } \
    }
FOR_EACH_FORMAT(DEFINE)

bool deck_product(
    uint32_t type, const void *rows, size_t row_bytes, size_t row_count, size_t columns, const float *x,
    size_t x_stride, size_t vectors, float *target, size_t target_stride, bool accumulate) {
    switch (type) {
#define CASE(NAME, ID, VALUES, BYTES) \
    case ID: \
        deck_product_##NAME( \
            rows, row_bytes, row_count, columns, x, x_stride, vectors, target, target_stride, accumulate); \
        return true;
        FOR_EACH_FORMAT(CASE)
    default:
        return false;
    }
}
