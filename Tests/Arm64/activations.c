#include "activations.h"

#include <math.h>

activations quantised(const float *x, size_t rows, size_t columns) {
    activations a = {.columns = columns, .blocks = columns / DECK_QUANT_BLOCK, .x = x};
    a.factor_stride = deck_quant_factors(a.blocks);
    a.values = room(rows * columns);
    a.factors = room(rows * a.factor_stride * sizeof(float));
    for (size_t row = 0; row < rows; row++) {
        deck_quantise(x + row * columns, columns, a.values + row * columns, a.factors + row * a.factor_stride);
    }
    return a;
}

void decode_activations(const activations *a, size_t row, double *target) {
    const float *factors = a->factors + row * a->factor_stride;
    for (size_t c = 0; c < a->columns; c++) {
        target[c] = (double)a->values[row * a->columns + c] * factors[c / DECK_QUANT_BLOCK];
    }
    const deck_escape *escapes = (const deck_escape *)(factors + 4 * a->blocks);
    for (size_t e = 0; e < DECK_ESCAPES(a->blocks); e++) {
        for (size_t k = 0; k < 4; k++) {
            target[4 * escapes[e].group + k] += (double)escapes[e].high[k] * escapes[e].factor;
        }
    }
}

/// Every number is within half a step, no step is larger than its block's largest number asks for, and the sums are
/// those of what the bytes stand for.
static void check_row(const activations *a, size_t row) {
    double decoded[1536];
    const float *x = a->x + row * a->columns, *factors = a->factors + row * a->factor_stride;
    decode_activations(a, row, decoded);
    for (size_t b = 0; b < a->blocks; b++) {
        double sums[2] = {0}, size = 0, most = 0;
        for (size_t c = b * DECK_QUANT_BLOCK; c < (b + 1) * DECK_QUANT_BLOCK; c++) {
            compare(c, decoded[c], x[c], 0.5001 * factors[b] + 1e-7 * fabs(x[c]));
            sums[c / 16 % 2] += decoded[c];
            size += fabs(decoded[c]);
            most = fmax(most, fabs(x[c]));
        }
        expect(factors[b] <= most / 127 * 1.000001, "a block's step is larger than it needs to be");
        compare(b, factors[a->blocks + b], sums[0] + sums[1], 1e-6 * size);
        compare(2 * b, factors[2 * a->blocks + 2 * b], sums[0], 1e-6 * size);
        compare(2 * b + 1, factors[2 * a->blocks + 2 * b + 1], sums[1], 1e-6 * size);
    }
}

void check_activations(void) {
    generator g = {1};
    const size_t widths[] = {32, 64, 224, 512, 544, 1536};
    for (size_t w = 0; w < COUNT_OF(widths); w++) {
        const size_t columns = widths[w], escapes = DECK_ESCAPES(columns / DECK_QUANT_BLOCK);
        float *x = random_floats(&g, 3 * columns, 1);
        for (size_t c = 0; c < columns; c++) x[2 * columns + c] = 0;
        // As many outliers as there are escapes: none may cost its neighbours their precision.
        for (size_t e = 0; e < escapes; e++) x[columns + 64 * e + 7 - e] = e % 2 == 0 ? 90 : -120;
        const activations a = quantised(x, 3, columns);
        for (size_t row = 0; row < 3; row++) {
            name_case("deck_quantise of %zu columns, row %zu", columns, row);
            check_row(&a, row);
        }
        name_case("deck_quantise of %zu columns with outliers", columns);
        for (size_t e = 0; e < escapes; e++) {
            const double step = a.factors[a.factor_stride + 2 * e];
            expect(step <= 1.000001 / 127, "an outlier has taken its neighbours' precision");
        }
        leave_rooms();
    }
}
