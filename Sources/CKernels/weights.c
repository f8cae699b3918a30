#include "kernels.h"
#include "lanes.h"

CLONES uint16_t deck_largest_half(const uint16_t *x, size_t count) {
    uint16_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t magnitude = x[i] & 0x7fff;
        largest = magnitude > largest ? magnitude : largest;
    }
    return largest;
}

CLONES void deck_scale_f16(const uint16_t *x, size_t count, float factor, uint16_t *target) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        lanes v;
        load_f16(x + i, &v);
        v *= factor;
        const half_lanes halves = __builtin_convertvector(v, half_lanes);
        memcpy(target + i, &halves, sizeof halves);
    }
    for (; i < count; i++) {
        const _Float16 h = (_Float16)(half_at(x + i) * factor);
        memcpy(target + i, &h, 2);
    }
}

// A block of N × N is transposed in log2(N) rounds, each of which interleaves the first half of the rows with the second.
// Sixteen bytes a row: what every instruction set interleaves in one instruction.

typedef uint16_t row8 __attribute__((vector_size(16)));
typedef uint32_t row4 __attribute__((vector_size(16)));

#define LOW8(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH8(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define LOW4(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH4(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)

#define DEFINE_TRANSPOSE(BITS, N, ROUNDS) \
    CLONES void deck_transpose_##BITS( \
        const uint##BITS##_t *source, size_t rows, size_t columns, uint##BITS##_t *target) { \
        const size_t whole = columns - columns % N; \
        size_t r = 0; \
        for (; r + N <= rows; r += N) { \
            for (size_t c = 0; c < whole; c += N) { \
                row##N x[N], y[N]; \
                UNROLL for (size_t i = 0; i < N; i++) memcpy(&x[i], source + (r + i) * columns + c, sizeof x[i]); \
                UNROLL for (int round = 0; round < ROUNDS; round++) { \
                    UNROLL for (int i = 0; i < N / 2; i++) { \
                        y[2 * i] = LOW##N(x[i], x[i + N / 2]); \
                        y[2 * i + 1] = HIGH##N(x[i], x[i + N / 2]); \
                    } \
                    UNROLL for (int i = 0; i < N; i++) x[i] = y[i]; \
                } \
                UNROLL for (size_t i = 0; i < N; i++) memcpy(target + (c + i) * rows + r, &x[i], sizeof x[i]); \
            } \
            for (size_t c = whole; c < columns; c++) { \
                for (size_t i = r; i < r + N; i++) target[c * rows + i] = source[i * columns + c]; \
            } \
        } \
        for (; r < rows; r++) { \
            for (size_t c = 0; c < columns; c++) target[c * rows + r] = source[r * columns + c]; \
        } \
    }

DEFINE_TRANSPOSE(16, 8, 3)
DEFINE_TRANSPOSE(32, 4, 2)

/// Dot products of LEFT rows with RIGHT rows.
#define BLOCK(LEFT, RIGHT) \
    INLINE void products_##LEFT##x##RIGHT( \
        const float *x, const float *y, size_t width, float *products, size_t stride) { \
        lanes sums[LEFT][RIGHT] = {0}, v, w[RIGHT]; \
        size_t c = 0; \
        for (; c + LANES <= width; c += LANES) { \
            UNROLL for (size_t j = 0; j < RIGHT; j++) load_f32(y + j * width + c, &w[j]); \
            UNROLL for (size_t i = 0; i < LEFT; i++) { \
                load_f32(x + i * width + c, &v); \
                UNROLL for (size_t j = 0; j < RIGHT; j++) sums[i][j] += v * w[j]; \
            } \
        } \
        UNROLL for (size_t i = 0; i < LEFT; i++) { \
            UNROLL for (size_t j = 0; j < RIGHT; j++) { \
                float sum = sum_lanes(&sums[i][j]); \
                for (size_t k = c; k < width; k++) sum += x[i * width + k] * y[j * width + k]; \
                products[i * stride + j] = sum; \
            } \
        } \
    }

BLOCK(4, 4)
BLOCK(4, 1)
BLOCK(1, 1)

CLONES void deck_row_products(
    const float *rows, size_t width, size_t first, size_t count, float *products, size_t stride) {
    const size_t all = first + count;
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const float *x = rows + (first + i) * width;
        size_t j = 0;
        for (; j + 4 <= all; j += 4) products_4x4(x, rows + j * width, width, products + i * stride + j, stride);
        for (; j < all; j++) products_4x1(x, rows + j * width, width, products + i * stride + j, stride);
    }
    for (; i < count; i++) {
        const float *x = rows + (first + i) * width;
        for (size_t j = 0; j < all; j++) products_1x1(x, rows + j * width, width, products + i * stride + j, stride);
    }
}
