#include <math.h>

#include "check.h"
#include "kernels.h"

// What is done to rows of activations and to matrices of adapters.

static void check_norms(generator *g, size_t count) {
    const float *x = random_floats(g, count, 30), *weight = random_floats(g, count, 1);
    float *normed = room(count * sizeof *normed), *in_place = copied(x, count), *gated = copied(x, count);
    deck_rms_norm(x, weight, count, 1e-5f, normed);
    deck_rms_norm(in_place, weight, count, 1e-5f, in_place);
    deck_silu_multiply(gated, weight, count);
    double mean = 0;
    for (size_t i = 0; i < count; i++) mean += (double)x[i] * x[i] / (double)count;
    name_case("deck_rms_norm of %zu", count);
    for (size_t i = 0; i < count; i++) {
        const double norm = x[i] / sqrt(mean + 1e-5) * weight[i];
        compare(i, normed[i], norm, 2e-6 * fabs(norm));
        compare(i, in_place[i], norm, 2e-6 * fabs(norm));
    }
    name_case("deck_silu_multiply of %zu", count);
    for (size_t i = 0; i < count; i++) {
        const double gate = x[i] / (1 + exp(-(double)x[i])) * weight[i];
        compare(i, gated[i], gate, 2e-6 * fabs(gate) + 1e-9);
    }
    leave_rooms();
}

static void check_rotations(generator *g, size_t heads, size_t half) {
    const size_t size = 2 * half, count = heads * size;
    const float *x = random_floats(g, count, 1), *angles = random_floats(g, half, 3);
    float *cosines = room(half * sizeof *cosines), *sines = room(half * sizeof *sines);
    float *halves = copied(x, count), *interleaved = copied(x, count);
    for (size_t i = 0; i < half; i++) {
        cosines[i] = cosf(angles[i]);
        sines[i] = sinf(angles[i]);
    }
    deck_rotate_halves(halves, heads, half, cosines, sines);
    deck_rotate_interleaved(interleaved, heads, half, cosines, sines);
    for (size_t kind = 0; kind < 2; kind++) {
        name_case("deck_rotate_%s of %zu heads of %zu", kind == 0 ? "halves" : "interleaved", heads, size);
        const float *rotated = kind == 0 ? halves : interleaved;
        for (size_t i = 0; i < heads * half; i++) {
            const size_t base = i / half * size, pair = i % half;
            const size_t first = base + (kind == 0 ? pair : 2 * pair), second = first + (kind == 0 ? half : 1);
            const double a = x[first], b = x[second];
            compare(first, rotated[first], a * cosines[pair] - b * sines[pair], 1e-6);
            compare(second, rotated[second], a * sines[pair] + b * cosines[pair], 1e-6);
        }
    }
    leave_rooms();
}

static void check_transposes(generator *g, size_t rows, size_t columns) {
    const size_t count = rows * columns;
    uint16_t *narrow = room(count * sizeof *narrow), *narrow_target = room(count * sizeof *narrow);
    uint32_t *wide = room(count * sizeof *wide), *wide_target = room(count * sizeof *wide);
    for (size_t i = 0; i < count; i++) {
        wide[i] = (uint32_t)next_bits(g);
        narrow[i] = (uint16_t)wide[i];
    }
    deck_transpose_16(narrow, rows, columns, narrow_target);
    deck_transpose_32(wide, rows, columns, wide_target);
    name_case("deck_transpose_16 of %zu × %zu", rows, columns);
    for (size_t i = 0; i < count; i++) compare(i, narrow_target[i], narrow[i % rows * columns + i / rows], 0);
    name_case("deck_transpose_32 of %zu × %zu", rows, columns);
    for (size_t i = 0; i < count; i++) compare(i, wide_target[i], wide[i % rows * columns + i / rows], 0);
    leave_rooms();
}

static void check_row_products(generator *g, size_t width, size_t first, size_t count) {
    const size_t all = first + count, stride = all + 2;
    const float *rows = random_floats(g, all * width, 1), *before = random_floats(g, count * stride, 1);
    float *products = copied(before, count * stride);
    deck_row_products(rows, width, first, count, products, stride);
    name_case("deck_row_products of rows %zu..<%zu, width %zu", first, all, width);
    for (size_t i = 0; i < count * stride; i++) {
        if (i % stride >= all) {
            compare(i, products[i], before[i], 0);
            continue;
        }
        const float *left = rows + (first + i / stride) * width, *right = rows + i % stride * width;
        double sum = 0, size = 0;
        for (size_t c = 0; c < width; c++) {
            sum += (double)left[c] * right[c];
            size += fabs((double)left[c] * right[c]);
        }
        compare(i, products[i], sum, 1e-6 * size + 1e-7);
    }
    leave_rooms();
}

void check_rows(void) {
    generator g = {5};
    const size_t counts[] = {1, 5, 15, 16, 17, 32, 50, 576};
    for (size_t i = 0; i < COUNT_OF(counts); i++) check_norms(&g, counts[i]);
    const size_t halves[] = {1, 3, 8, 16, 32, 40, 64};
    for (size_t i = 0; i < COUNT_OF(halves); i++) {
        check_rotations(&g, 1, halves[i]);
        check_rotations(&g, 3, halves[i]);
    }
    const size_t sides[] = {1, 3, 4, 7, 8, 9, 16, 33};
    for (size_t i = 0; i < COUNT_OF(sides); i++) {
        for (size_t j = 0; j < COUNT_OF(sides); j++) check_transposes(&g, sides[i], sides[j]);
    }
    const size_t widths[] = {1, 15, 16, 33, 100};
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        for (size_t first = 0; first < 7; first++) {
            for (size_t count = 1; count < 10; count++) check_row_products(&g, widths[i], first, count);
        }
    }
}
