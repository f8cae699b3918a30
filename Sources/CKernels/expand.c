#include "kernels.h"
#include "lowrank.h"

/// Vectors of one tile, where 32 registers of sixteen lanes stand and elsewhere.
#define WIDE_EXPAND 8
#define NARROW_EXPAND 6

/// A constant count of neighbouring rank rows, for one or two vectors.
INLINE void expand_rows(
    bool is_half, int vectors, int rows, const void *b, size_t stride, size_t first, size_t columns, const float *t,
    size_t t_stride, float *y, size_t y_stride) {
    size_t c = 0;
    for (; c + LANES <= columns; c += LANES) {
        lanes sums[2], value;
        if (c % (2 * LANES) == 0) ask_for_rows(is_half, rows, b, first + (size_t)rows, stride, c);
        UNROLL for (int i = 0; i < vectors; i++) load_f32(y + (size_t)i * y_stride + c, &sums[i]);
        UNROLL for (int j = 0; j < rows; j++) {
            load_either(is_half, b, (first + (size_t)j) * stride + c, &value);
            UNROLL for (int i = 0; i < vectors; i++) sums[i] += value * t[(size_t)i * t_stride + first + (size_t)j];
        }
        UNROLL for (int i = 0; i < vectors; i++) store_f32(y + (size_t)i * y_stride + c, &sums[i]);
    }
    for (; c < columns; c++) {
        UNROLL for (int i = 0; i < vectors; i++) {
            float sum = y[(size_t)i * y_stride + c];
            for (size_t j = first; j < first + (size_t)rows; j++) {
                sum += either_at(is_half, b, j * stride + c) * t[(size_t)i * t_stride + j];
            }
            y[(size_t)i * y_stride + c] = sum;
        }
    }
}

/// One or two vectors; `rows` is the constant count of rank rows of a pass.
INLINE void expand_stream(
    bool is_half, int vectors, int rows, const void *b, size_t stride, size_t row_count, size_t columns, const float *t,
    size_t t_stride, float *y, size_t y_stride) {
    size_t j = 0;
    for (; j + (size_t)rows <= row_count; j += (size_t)rows) {
        expand_rows(is_half, vectors, rows, b, stride, j, columns, t, t_stride, y, y_stride);
    }
    for (; j < row_count; j++) expand_rows(is_half, vectors, 1, b, stride, j, columns, t, t_stride, y, y_stride);
}

/// All rank rows over a constant count of sixteens of columns, for a constant count of vectors.
INLINE void expand_tile(
    bool is_half, int vectors, int chunks, const void *b, size_t stride, size_t row_count, size_t c, const float *t,
    size_t t_stride, float *y, size_t y_stride) {
    lanes sums[WIDE_EXPAND][4], row[4];
    UNROLL for (int i = 0; i < vectors; i++) {
        UNROLL for (int k = 0; k < chunks; k++) {
            load_f32(y + (size_t)i * y_stride + c + (size_t)k * LANES, &sums[i][k]);
        }
    }
    for (size_t j = 0; j < row_count; j++) {
        UNROLL for (int k = 0; k < chunks; k++) {
            load_either(is_half, b, j * stride + c + (size_t)k * LANES, &row[k]);
        }
        UNROLL for (int i = 0; i < vectors; i++) {
            UNROLL for (int k = 0; k < chunks; k++) sums[i][k] += row[k] * t[(size_t)i * t_stride + j];
        }
    }
    UNROLL for (int i = 0; i < vectors; i++) {
        UNROLL for (int k = 0; k < chunks; k++) {
            store_f32(y + (size_t)i * y_stride + c + (size_t)k * LANES, &sums[i][k]);
        }
    }
}

/// Those columns that fill sixteens.
INLINE void expand_tiles(
    bool is_half, int vectors, int chunks, const void *b, size_t stride, size_t row_count, size_t columns,
    const float *t, size_t t_stride, float *y, size_t y_stride) {
    size_t c = 0;
    for (; c + LANES * (size_t)chunks <= columns; c += LANES * (size_t)chunks) {
        expand_tile(is_half, vectors, chunks, b, stride, row_count, c, t, t_stride, y, y_stride);
    }
    for (; chunks > 1 && c + LANES <= columns; c += LANES) {
        expand_tile(is_half, vectors, 1, b, stride, row_count, c, t, t_stride, y, y_stride);
    }
}

/// The last columns, which do not fill sixteen lanes.
INLINE void expand_rest(
    bool is_half, const void *b, size_t stride, size_t row_count, size_t columns, const float *t, size_t t_stride,
    size_t vectors, float *y, size_t y_stride) {
    for (size_t c = columns / LANES * LANES; c < columns; c++) {
        for (size_t j = 0; j < row_count; j++) {
            const float weight = either_at(is_half, b, j * stride + c);
            for (size_t i = 0; i < vectors; i++) y[i * y_stride + c] += weight * t[i * t_stride + j];
        }
    }
}

/// At most a tile's vectors. `is_wide` is a constant: 32 registers of sixteen lanes.
INLINE void expand_few(
    bool is_half, bool is_wide, const void *b, size_t stride, size_t row_count, size_t columns, const float *t,
    size_t t_stride, size_t vectors, float *y, size_t y_stride) {
#define TILES(COUNT, CHUNKS) \
    expand_tiles(is_half, COUNT, CHUNKS, b, stride, row_count, columns, t, t_stride, y, y_stride)
    switch (vectors) {
    case 1: TILES(1, 4); break;
    case 2: TILES(2, is_wide ? 4 : 2); break;
    case 3: TILES(3, is_wide ? 4 : 2); break;
    case 4: TILES(4, is_wide ? 4 : 1); break;
    case 5: TILES(5, is_wide ? 2 : 1); break;
    case 6: TILES(6, is_wide ? 2 : 1); break;
    case 7:
        if (is_wide) TILES(7, 2);
        break;
    default:
        if (is_wide) TILES(8, 2);
        break;
    }
#undef TILES
}

INLINE void expand(
    bool is_half, bool is_wide, const void *b, size_t stride, size_t row_count, size_t columns, const float *t,
    size_t t_stride, size_t vectors, float *y, size_t y_stride) {
#define STREAM(COUNT) \
    expand_stream(is_half, COUNT, is_wide ? 8 : 4, b, stride, row_count, columns, t, t_stride, y, y_stride)
    if (vectors == 1) STREAM(1);
    if (vectors == 2) STREAM(2);
#undef STREAM
    if (vectors <= 2) return;
    const size_t most = is_wide ? WIDE_EXPAND : NARROW_EXPAND;
    for (size_t v = 0; v < vectors; v += most) {
        expand_few(
            is_half, is_wide, b, stride, row_count, columns, t + v * t_stride, t_stride,
            vectors - v < most ? vectors - v : most, y + v * y_stride, y_stride);
    }
    expand_rest(is_half, b, stride, row_count, columns, t, t_stride, vectors, y, y_stride);
}

#define DEFINE(NAME, TYPE, IS_HALF) \
    WIDE static void expand_##NAME##_wide( \
        const TYPE *b, size_t stride, size_t row_count, size_t columns, const float *t, size_t t_stride, \
        size_t vectors, float *y, size_t y_stride) { \
        expand(IS_HALF, true, b, stride, row_count, columns, t, t_stride, vectors, y, y_stride); \
    } \
    NARROW void deck_expand_##NAME##_narrow( \
        const TYPE *b, size_t stride, size_t row_count, size_t columns, const float *t, size_t t_stride, \
        size_t vectors, float *y, size_t y_stride) { \
        expand(IS_HALF, false, b, stride, row_count, columns, t, t_stride, vectors, y, y_stride); \
    } \
    void deck_expand_##NAME( \
        const TYPE *b, size_t stride, size_t row_count, size_t columns, const float *t, size_t t_stride, \
        size_t vectors, float *y, size_t y_stride) { \
        if (HAS_WIDE) expand_##NAME##_wide(b, stride, row_count, columns, t, t_stride, vectors, y, y_stride); \
        else deck_expand_##NAME##_narrow(b, stride, row_count, columns, t, t_stride, vectors, y, y_stride); \
    }

DEFINE(f16, uint16_t, true)
DEFINE(f32, float, false)
