#include "kernels.h"
#include "lanes.h"

// The two LoRA products over rank rows as they stand in pages.
//
// With one or two vectors a few rank rows pass together, so that what they share (x, or y) is loaded and stored once
// for all of them. So many rows at once are more streams than the processor prefetches by itself: each pass asks for
// the rows of the next one. With more vectors arithmetic is the limit, and tiles of rows by vectors stay in registers.

/// Vectors of one tile of a shrink.
#define SHRINK_VECTORS 6
/// Vectors of one tile of an expand, where 32 registers of sixteen lanes stand and elsewhere.
#define WIDE_EXPAND 8
#define NARROW_EXPAND 6

/// Asks for sixteen columns, and the sixteen after them, of each of the rank rows that the next pass of `rows` reads.
/// Behind the last rank row whatever follows is asked for: the next run, mostly.
INLINE void ask_for_rows(bool is_half, int rows, const void *values, size_t first, size_t width, size_t c) {
    const size_t bytes = is_half ? 2 : 4;
    UNROLL for (int j = 0; j < rows; j++) {
        const char *at = (const char *)values + ((first + (size_t)j) * width + c) * bytes;
        __builtin_prefetch(at, 0, 2);
        if (!is_half) __builtin_prefetch(at + 64, 0, 2);
    }
}

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
        case 1: shrink_stream(is_half, rows == 1 ? 2 : rows, a, row_count, width, x, scale, t); break;
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

/// A constant count of neighbouring rank rows, for one or two vectors.
INLINE void expand_rows(
    bool is_half, int vectors, int rows, const void *b, size_t first, size_t width, const float *t, size_t t_stride,
    float *y, size_t y_stride) {
    size_t c = 0;
    for (; c + LANES <= width; c += LANES) {
        lanes sums[2], value;
        if (c % (2 * LANES) == 0) ask_for_rows(is_half, rows, b, first + (size_t)rows, width, c);
        UNROLL for (int i = 0; i < vectors; i++) load_f32(y + (size_t)i * y_stride + c, &sums[i]);
        UNROLL for (int j = 0; j < rows; j++) {
            load_either(is_half, b, (first + (size_t)j) * width + c, &value);
            UNROLL for (int i = 0; i < vectors; i++) sums[i] += value * t[(size_t)i * t_stride + first + (size_t)j];
        }
        UNROLL for (int i = 0; i < vectors; i++) store_f32(y + (size_t)i * y_stride + c, &sums[i]);
    }
    for (; c < width; c++) {
        UNROLL for (int i = 0; i < vectors; i++) {
            float sum = y[(size_t)i * y_stride + c];
            for (size_t j = first; j < first + (size_t)rows; j++) {
                sum += either_at(is_half, b, j * width + c) * t[(size_t)i * t_stride + j];
            }
            y[(size_t)i * y_stride + c] = sum;
        }
    }
}

/// One or two vectors; `rows` is the constant count of rank rows of a pass.
INLINE void expand_stream(
    bool is_half, int vectors, int rows, const void *b, size_t row_count, size_t width, const float *t,
    size_t t_stride, float *y, size_t y_stride) {
    size_t j = 0;
    for (; j + (size_t)rows <= row_count; j += (size_t)rows) {
        expand_rows(is_half, vectors, rows, b, j, width, t, t_stride, y, y_stride);
    }
    for (; j < row_count; j++) expand_rows(is_half, vectors, 1, b, j, width, t, t_stride, y, y_stride);
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
    expand_stream(is_half, COUNT, is_wide ? 8 : 4, b, row_count, width, t, t_stride, y, y_stride)
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
