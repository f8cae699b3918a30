#include "kernels.h"
#include "lowrank.h"

/// Vectors of one tile.
#define TILE_VECTORS 6

/// One vector against a constant count of neighbouring rank rows, with two sums each that hide the latency of one.
INLINE void shrink_rows(
    bool is_half, int rows, const void *a, size_t first, size_t width, const float *x, float scale, float *t) {
    lanes sums[4][2], value, v[2];
    UNROLL for (int j = 0; j < rows; j++) sums[j][0] = sums[j][1] = (lanes){0};
    size_t c = 0;
    for (; c + 2 * LANES <= width; c += 2 * LANES) {
        ask_for_rows(is_half, rows, a, first + (size_t)rows, width, c);
        UNROLL for (int k = 0; k < 2; k++) load_f32(x + c + (size_t)k * LANES, &v[k]);
        UNROLL for (int j = 0; j < rows; j++) {
            UNROLL for (int k = 0; k < 2; k++) {
                load_either(is_half, a, (first + (size_t)j) * width + c + (size_t)k * LANES, &value);
                sums[j][k] += value * v[k];
            }
        }
    }
    if (c + LANES <= width) {
        load_f32(x + c, &v[0]);
        UNROLL for (int j = 0; j < rows; j++) {
            load_either(is_half, a, (first + (size_t)j) * width + c, &value);
            sums[j][0] += value * v[0];
        }
        c += LANES;
    }
    UNROLL for (int j = 0; j < rows; j++) {
        sums[j][0] += sums[j][1];
        float sum = sum_lanes(&sums[j][0]);
        for (size_t rest = c; rest < width; rest++) {
            sum += either_at(is_half, a, (first + (size_t)j) * width + rest) * x[rest];
        }
        t[first + (size_t)j] = sum * scale;
    }
}

/// `rows` is the constant count of rank rows of a pass.
INLINE void shrink_stream(
    bool is_half, int rows, const void *a, size_t row_count, size_t width, const float *x, float scale, float *t) {
    size_t j = 0;
    for (; j + (size_t)rows <= row_count; j += (size_t)rows) shrink_rows(is_half, rows, a, j, width, x, scale, t);
    for (; j < row_count; j++) shrink_rows(is_half, 1, a, j, width, x, scale, t);
}

/// Constant counts of rank rows and vectors.
INLINE void shrink_tile(
    bool is_half, int rows, int vectors, const void *a, size_t first, size_t width, const float *x, size_t x_stride,
    float scale, float *t, size_t t_stride) {
    lanes sums[4][TILE_VECTORS], row[4], v;
    UNROLL for (int j = 0; j < rows; j++) {
        UNROLL for (int i = 0; i < vectors; i++) sums[j][i] = (lanes){0};
    }
    size_t c = 0;
    for (; c + LANES <= width; c += LANES) {
        UNROLL for (int j = 0; j < rows; j++) load_either(is_half, a, (first + (size_t)j) * width + c, &row[j]);
        UNROLL for (int i = 0; i < vectors; i++) {
            load_f32(x + (size_t)i * x_stride + c, &v);
            UNROLL for (int j = 0; j < rows; j++) sums[j][i] += row[j] * v;
        }
    }
    UNROLL for (int j = 0; j < rows; j++) {
        UNROLL for (int i = 0; i < vectors; i++) {
            float sum = sum_lanes(&sums[j][i]);
            for (size_t rest = c; rest < width; rest++) {
                sum += either_at(is_half, a, (first + (size_t)j) * width + rest) * x[(size_t)i * x_stride + rest];
            }
            t[(size_t)i * t_stride + first + (size_t)j] = sum * scale;
        }
    }
}

/// `rows` is the constant count of rank rows of a tile.
INLINE void shrink_tiles(
    bool is_half, int rows, int vectors, const void *a, size_t row_count, size_t width, const float *x,
    size_t x_stride, float scale, float *t, size_t t_stride) {
    size_t j = 0;
    for (; j + (size_t)rows <= row_count; j += (size_t)rows) {
        shrink_tile(is_half, rows, vectors, a, j, width, x, x_stride, scale, t, t_stride);
    }
    for (; j < row_count; j++) shrink_tile(is_half, 1, vectors, a, j, width, x, x_stride, scale, t, t_stride);
}

/// At most a tile's vectors.
INLINE void shrink_few(
    bool is_half, int rows, const void *a, size_t row_count, size_t width, const float *x, size_t x_stride,
    size_t vectors, float scale, float *t, size_t t_stride) {
#define TILES(COUNT) shrink_tiles(is_half, rows, COUNT, a, row_count, width, x, x_stride, scale, t, t_stride)
    switch (vectors) {
    case 1: TILES(1); break;
    case 2: TILES(2); break;
    case 3: TILES(3); break;
    case 4: TILES(4); break;
    case 5: TILES(5); break;
    default: TILES(6); break;
    }
#undef TILES
}

INLINE void shrink(
    bool is_half, int rows, const void *a, size_t row_count, size_t width, const float *x, size_t x_stride,
    size_t vectors, float scale, float *t, size_t t_stride) {
    if (vectors == 1) {
        shrink_stream(is_half, rows == 1 ? 2 : rows, a, row_count, width, x, scale, t);
        return;
    }
    for (size_t v = 0; v < vectors; v += TILE_VECTORS) {
        shrink_few(
            is_half, rows, a, row_count, width, x + v * x_stride, x_stride,
            vectors - v < TILE_VECTORS ? vectors - v : TILE_VECTORS, scale, t + v * t_stride, t_stride);
    }
}

#define DEFINE(NAME, TYPE, IS_HALF) \
    WIDE static void shrink_##NAME##_wide( \
        const TYPE *a, size_t row_count, size_t width, const float *x, size_t x_stride, size_t vectors, float scale, \
        float *t, size_t t_stride) { \
        shrink(IS_HALF, 4, a, row_count, width, x, x_stride, vectors, scale, t, t_stride); \
    } \
    NARROW void deck_shrink_##NAME##_narrow( \
        const TYPE *a, size_t row_count, size_t width, const float *x, size_t x_stride, size_t vectors, float scale, \
        float *t, size_t t_stride) { \
        shrink(IS_HALF, 1, a, row_count, width, x, x_stride, vectors, scale, t, t_stride); \
    } \
    void deck_shrink_##NAME( \
        const TYPE *a, size_t row_count, size_t width, const float *x, size_t x_stride, size_t vectors, float scale, \
        float *t, size_t t_stride) { \
        if (HAS_WIDE) shrink_##NAME##_wide(a, row_count, width, x, x_stride, vectors, scale, t, t_stride); \
        else deck_shrink_##NAME##_narrow(a, row_count, width, x, x_stride, vectors, scale, t, t_stride); \
    }

DEFINE(f16, uint16_t, true)
DEFINE(f32, float, false)
