#include "kernels.h"
#include "lanes.h"

// The two LoRA products over rank rows as they stand in pages.
//
// With one or two vectors memory is the limit, and a matrix is read from its first byte to its last in one stream: the
// processor's own prefetching then reaches half again of what it does over several rows at once (measured). With more
// vectors arithmetic is the limit, and tiles of rows by vectors stay in registers.

/// Vectors of one tile of a shrink.
#define SHRINK_VECTORS 6
/// Vectors of one tile of an expand, where 32 registers of sixteen lanes stand and elsewhere.
#define WIDE_EXPAND 8
#define NARROW_EXPAND 6

/// One vector against one rank row after the other, with four sums that hide the latency of one.
INLINE void shrink_stream(
    bool is_half, const void *a, size_t row_count, size_t width, const float *x, float scale, float *t) {
    for (size_t j = 0; j < row_count; j++) {
        const size_t row = j * width;
        lanes sums[4] = {{0}, {0}, {0}, {0}}, value, v;
        size_t c = 0;
        for (; c + 4 * LANES <= width; c += 4 * LANES) {
            UNROLL for (int k = 0; k < 4; k++) {
                load_either(is_half, a, row + c + (size_t)k * LANES, &value);
                load_f32(x + c + (size_t)k * LANES, &v);
                sums[k] += value * v;
            }
        }
        for (; c + LANES <= width; c += LANES) {
            load_either(is_half, a, row + c, &value);
            load_f32(x + c, &v);
            sums[0] += value * v;
        }
        sums[0] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        float sum = sum_lanes(&sums[0]);
        for (; c < width; c++) sum += either_at(is_half, a, row + c) * x[c];
        t[j] = sum * scale;
    }
}

/// Constant counts of rank rows and vectors.
INLINE void shrink_tile(
    bool is_half, int rows, int vectors, const void *a, size_t first, size_t width, const float *x, size_t x_stride,
    float scale, float *t, size_t t_stride) {
    lanes sums[4][SHRINK_VECTORS], row[4], v;
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

INLINE void shrink(
    bool is_half, int rows, const void *a, size_t row_count, size_t width, const float *x, size_t x_stride,
    size_t vectors, float scale, float *t, size_t t_stride) {
    while (vectors > 0) {
        const size_t taken = vectors < SHRINK_VECTORS ? vectors : SHRINK_VECTORS;
#define TILES(COUNT) shrink_tiles(is_half, rows, COUNT, a, row_count, width, x, x_stride, scale, t, t_stride)
        switch (taken) {
        case 1: shrink_stream(is_half, a, row_count, width, x, scale, t); break;
        case 2: TILES(2); break;
        case 3: TILES(3); break;
        case 4: TILES(4); break;
        case 5: TILES(5); break;
        default: TILES(6); break;
        }
#undef TILES
        vectors -= taken;
        x += taken * x_stride;
        t += taken * t_stride;
    }
}

/// One or two vectors: each rank row is added to y, which stays in the first-level cache.
INLINE void expand_stream(
    bool is_half, int vectors, const void *b, size_t row_count, size_t width, const float *t,
    size_t t_stride, float *y, size_t y_stride) {
    for (size_t j = 0; j < row_count; j++) {
        const size_t row = j * width;
        lanes value, v;
        size_t c = 0;
        for (; c + LANES <= width; c += LANES) {
            load_either(is_half, b, row + c, &value);
            UNROLL for (int i = 0; i < vectors; i++) {
                float *at = y + (size_t)i * y_stride + c;
                load_f32(at, &v);
                v += value * t[(size_t)i * t_stride + j];
                store_f32(at, &v);
            }
        }
        for (; c < width; c++) {
            const float last = either_at(is_half, b, row + c);
            UNROLL for (int i = 0; i < vectors; i++) {
                y[(size_t)i * y_stride + c] += last * t[(size_t)i * t_stride + j];
            }
        }
    }
}

/// All rank rows over a constant count of sixteens of columns, for a constant count of vectors.
INLINE void expand_tile(
    bool is_half, int vectors, int chunks, const void *b, size_t row_count, size_t width, size_t c, const float *t,
    size_t t_stride, float *y, size_t y_stride) {
    lanes sums[WIDE_EXPAND][4], row[4];
    UNROLL for (int i = 0; i < vectors; i++) {
        UNROLL for (int k = 0; k < chunks; k++) {
            load_f32(y + (size_t)i * y_stride + c + (size_t)k * LANES, &sums[i][k]);
        }
    }
    for (size_t j = 0; j < row_count; j++) {
        UNROLL for (int k = 0; k < chunks; k++) {
            load_either(is_half, b, j * width + c + (size_t)k * LANES, &row[k]);
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

INLINE void expand_tiles(
    bool is_half, int vectors, int chunks, const void *b, size_t row_count, size_t width,
    const float *t, size_t t_stride, float *y, size_t y_stride) {
    size_t c = 0;
    for (; c + LANES * (size_t)chunks <= width; c += LANES * (size_t)chunks) {
        expand_tile(is_half, vectors, chunks, b, row_count, width, c, t, t_stride, y, y_stride);
    }
    for (; chunks > 1 && c + LANES <= width; c += LANES) {
        expand_tile(is_half, vectors, 1, b, row_count, width, c, t, t_stride, y, y_stride);
    }
    for (; c < width; c++) {
        for (int i = 0; i < vectors; i++) {
            float sum = y[(size_t)i * y_stride + c];
            for (size_t j = 0; j < row_count; j++) {
                sum += either_at(is_half, b, j * width + c) * t[(size_t)i * t_stride + j];
            }
            y[(size_t)i * y_stride + c] = sum;
        }
    }
}

/// `most` is the constant count of vectors of a tile; more than six only where there are registers for them.
INLINE void expand(
    bool is_half, int most, const void *b, size_t row_count, size_t width, const float *t,
    size_t t_stride, size_t vectors, float *y, size_t y_stride) {
    const bool is_wide = most == WIDE_EXPAND;
    while (vectors > 0) {
        const size_t taken = vectors < (size_t)most ? vectors : (size_t)most;
#define STREAM(COUNT) \
    expand_stream(is_half, COUNT, b, row_count, width, t, t_stride, y, y_stride)
#define TILES(COUNT, CHUNKS) \
    expand_tiles(is_half, COUNT, CHUNKS, b, row_count, width, t, t_stride, y, y_stride)
        switch (taken) {
        case 1: STREAM(1); break;
        case 2: STREAM(2); break;
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
#undef STREAM
#undef TILES
        vectors -= taken;
        t += taken * t_stride;
        y += taken * y_stride;
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
    } \
    WIDE static void expand_##NAME##_wide( \
        const TYPE *b, size_t row_count, size_t width, const float *t, size_t t_stride, \
        size_t vectors, float *y, size_t y_stride) { \
        expand(IS_HALF, WIDE_EXPAND, b, row_count, width, t, t_stride, vectors, y, y_stride); \
    } \
    NARROW void deck_expand_##NAME##_narrow( \
        const TYPE *b, size_t row_count, size_t width, const float *t, size_t t_stride, \
        size_t vectors, float *y, size_t y_stride) { \
        expand(IS_HALF, NARROW_EXPAND, b, row_count, width, t, t_stride, vectors, y, y_stride); \
    } \
    void deck_expand_##NAME( \
        const TYPE *b, size_t row_count, size_t width, const float *t, size_t t_stride, \
        size_t vectors, float *y, size_t y_stride) { \
        if (HAS_WIDE) expand_##NAME##_wide(b, row_count, width, t, t_stride, vectors, y, y_stride); \
        else deck_expand_##NAME##_narrow(b, row_count, width, t, t_stride, vectors, y, y_stride); \
    }

DEFINE(f16, uint16_t, true)
DEFINE(f32, float, false)
