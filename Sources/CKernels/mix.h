#ifndef LORADECK_MIX_H
#define LORADECK_MIX_H

#include "lanes.h"

/// Most vectors that share one pass over rows.
#define MIX_VECTORS 8

/// Adds `chunks` times sixteen columns from column `c` on, for constant counts of chunks and vectors. Their product is the
/// number of independent sums, which hides the latency of one.
INLINE void mix_columns(
    bool is_half, const void *rows, size_t row_stride, size_t row_count, size_t c, int chunks, const float *weights,
    size_t weight_stride, int vectors, float *target, size_t target_stride, const float *keep) {
    const uint16_t *halves = rows;
    const float *floats = rows;
    lanes sums[MIX_VECTORS][4], row[4];
    UNROLL for (int i = 0; i < vectors; i++) {
        UNROLL for (int k = 0; k < chunks; k++) {
            load_f32(target + (size_t)i * target_stride + c + (size_t)k * LANES, &sums[i][k]);
            if (keep) sums[i][k] *= keep[i];
        }
    }
    for (size_t j = 0; j < row_count; j++) {
        const size_t at = j * row_stride + c;
        UNROLL for (int k = 0; k < chunks; k++) {
            if (is_half) load_f16(halves + at + (size_t)k * LANES, &row[k]);
            else load_f32(floats + at + (size_t)k * LANES, &row[k]);
        }
        UNROLL for (int i = 0; i < vectors; i++) {
            UNROLL for (int k = 0; k < chunks; k++) sums[i][k] += row[k] * weights[(size_t)i * weight_stride + j];
        }
    }
    UNROLL for (int i = 0; i < vectors; i++) {
        UNROLL for (int k = 0; k < chunks; k++) {
            store_f32(target + (size_t)i * target_stride + c + (size_t)k * LANES, &sums[i][k]);
        }
    }
}

/// target[v][c] = target[v][c] * keep[v] + sum over j of weights[v][j] * rows[j][c], for a constant count of vectors.
/// `rows` is f16 (`is_half`) or f32; the sums over j run in order. `keep` may be null, which keeps the target as it is.
INLINE void mix_block(
    bool is_half, const void *rows, size_t row_stride, size_t row_count, size_t width, const float *weights,
    size_t weight_stride, int vectors, float *target, size_t target_stride, const float *keep) {
    const uint16_t *halves = rows;
    const float *floats = rows;
    const int chunks = vectors <= 2 ? 4 : vectors <= 4 ? 2 : 1;
    size_t c = 0;
    for (; c + LANES * (size_t)chunks <= width; c += LANES * (size_t)chunks) {
        mix_columns(
            is_half, rows, row_stride, row_count, c, chunks, weights, weight_stride, vectors, target, target_stride, keep);
    }
    for (; chunks > 1 && c + LANES <= width; c += LANES) {
        mix_columns(
            is_half, rows, row_stride, row_count, c, 1, weights, weight_stride, vectors, target, target_stride, keep);
    }
    for (; c < width; c++) {
        for (int i = 0; i < vectors; i++) {
            float sum = target[(size_t)i * target_stride + c];
            if (keep) sum *= keep[i];
            for (size_t j = 0; j < row_count; j++) {
                const float value = is_half ? half_at(halves + j * row_stride + c) : floats[j * row_stride + c];
                sum += value * weights[(size_t)i * weight_stride + j];
            }
            target[(size_t)i * target_stride + c] = sum;
        }
    }
}

/// `mix_block` for any number of vectors.
INLINE void mix_all(
    bool is_half, const void *rows, size_t row_stride, size_t row_count, size_t width, const float *weights,
    size_t weight_stride, size_t vectors, float *target, size_t target_stride, const float *keep) {
    while (vectors > 0) {
        const size_t taken = vectors < MIX_VECTORS ? vectors : MIX_VECTORS;
#define MIX(COUNT) \
    mix_block( \
        is_half, rows, row_stride, row_count, width, weights, weight_stride, COUNT, target, target_stride, keep)
        switch (taken) {
        case 1: MIX(1); break;
        case 2: MIX(2); break;
        case 3: MIX(3); break;
        case 4: MIX(4); break;
        case 5: MIX(5); break;
        case 6: MIX(6); break;
        case 7: MIX(7); break;
        default: MIX(8); break;
        }
#undef MIX
        vectors -= taken;
        weights += taken * weight_stride;
        target += taken * target_stride;
        if (keep) keep += taken;
    }
}

#endif
