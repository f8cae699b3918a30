#include "check.h"
#include "kernels.h"

// LoRA's two products: every count of vectors around the kernels' tiles, odd ranks and widths.

static const size_t ranks[] = {1, 3, 8, 13, 16, 17, 64}, widths[] = {1, 15, 16, 63, 64, 100, 250, 300};
static const size_t vector_counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 33};

static void check_shrink(generator *g, size_t rank, size_t width, size_t vectors) {
    const size_t x_stride = width + 3, t_stride = rank + 2, count = vectors * t_stride;
    const uint16_t *halves = random_halves(g, rank * width, 1);
    const float *floats = widened(halves, rank * width), *x = random_floats(g, vectors * x_stride, 1);
    const float *before = random_floats(g, count, 1);
    double *expected = room(count * sizeof *expected);
    for (size_t i = 0; i < count; i++) {
        const size_t vector = i / t_stride, row = i % t_stride;
        double sum = row < rank ? 0 : 2 * before[i];
        for (size_t c = 0; row < rank && c < width; c++) {
            sum += (double)floats[row * width + c] * x[vector * x_stride + c];
        }
        expected[i] = 0.5 * sum;
    }
    float *results[] = {copied(before, count), copied(before, count), copied(before, count)};
    deck_shrink_f16(halves, rank, width, x, x_stride, vectors, 0.5f, results[0], t_stride);
    deck_shrink_f32(floats, rank, width, x, x_stride, vectors, 0.5f, results[1], t_stride);
    deck_shrink_f16_narrow(halves, rank, width, x, x_stride, vectors, 0.5f, results[2], t_stride);
    const char *names[] = {"deck_shrink_f16", "deck_shrink_f32", "deck_shrink_f16_narrow"};
    for (size_t k = 0; k < COUNT_OF(results); k++) {
        name_case("%s of rank %zu, width %zu, %zu vectors", names[k], rank, width, vectors);
        for (size_t i = 0; i < count; i++) compare(i, results[k][i], expected[i], i % t_stride < rank ? 1e-5 : 0);
    }
    leave_rooms();
}

/// `gap` columns of each rank row belong to nobody, or to another call.
static void check_expand(generator *g, size_t rank, size_t width, size_t gap, size_t vectors) {
    const size_t t_stride = rank + 2, y_stride = width + 3, count = vectors * y_stride, b_stride = width + gap;
    // The last rank row ends with its columns.
    const size_t numbers = rank * b_stride - gap;
    const uint16_t *halves = random_halves(g, numbers, 1);
    const float *floats = widened(halves, numbers), *t = random_floats(g, vectors * t_stride, 1);
    const float *before = random_floats(g, count, 1);
    double *expected = room(count * sizeof *expected);
    for (size_t i = 0; i < count; i++) {
        const size_t vector = i / y_stride, column = i % y_stride;
        expected[i] = before[i];
        for (size_t j = 0; column < width && j < rank; j++) {
            expected[i] += (double)t[vector * t_stride + j] * floats[j * b_stride + column];
        }
    }
    float *results[] = {copied(before, count), copied(before, count), copied(before, count)};
    deck_expand_f16(halves, b_stride, rank, width, t, t_stride, vectors, results[0], y_stride);
    deck_expand_f32(floats, b_stride, rank, width, t, t_stride, vectors, results[1], y_stride);
    deck_expand_f16_narrow(halves, b_stride, rank, width, t, t_stride, vectors, results[2], y_stride);
    const char *names[] = {"deck_expand_f16", "deck_expand_f32", "deck_expand_f16_narrow"};
    for (size_t k = 0; k < COUNT_OF(results); k++) {
        name_case("%s of rank %zu, width %zu of %zu, %zu vectors", names[k], rank, width, b_stride, vectors);
        for (size_t i = 0; i < count; i++) compare(i, results[k][i], expected[i], i % y_stride < width ? 2e-5 : 0);
    }
    leave_rooms();
}

void check_low_rank(void) {
    generator g = {3};
    for (size_t r = 0; r < COUNT_OF(ranks); r++) {
        for (size_t w = 0; w < COUNT_OF(widths); w++) {
            for (size_t v = 0; v < COUNT_OF(vector_counts); v++) {
                check_shrink(&g, ranks[r], widths[w], vector_counts[v]);
                check_expand(&g, ranks[r], widths[w], (v + w) % 3 * 8, vector_counts[v]);
            }
        }
    }
}
