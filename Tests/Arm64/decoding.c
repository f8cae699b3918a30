#include <string.h>

#include "formats.h"
#include "kernels.h"

/// Plain numbers decode to themselves, also where rows end inside the sixteens that the decoder takes.
static void check_plain(const block_format *f, const uint8_t *bytes, const float *decoded, size_t count) {
    name_case("deck_decode of %zu numbers of %s", count, f->name);
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        uint32_t word;
        float wide;
        memcpy(&half, bytes + i * f->bytes, sizeof half);
        if (f->bytes == 4) memcpy(&word, bytes + i * f->bytes, sizeof word);
        else word = (uint32_t)half << 16;
        memcpy(&wide, &word, sizeof wide);
        compare(i, decoded[i], f->id == 1 ? half_value(half) : (double)wide, 0);
    }
}

static void check_format(generator *g, const block_format *f, size_t columns, size_t vectors, bool accumulates) {
    const size_t rows = 5, row_bytes = row_bytes_of(f, columns), x_stride = columns + 3, y_stride = rows + 2;
    const uint8_t *bytes = random_rows(g, f, rows, columns);
    float *decoded = room(rows * columns * sizeof *decoded);
    name_case("deck_decode of %s", f->name);
    expect(deck_decode(f->id, bytes, rows * columns, decoded), "the type is refused");
    if (f->values == 1) check_plain(f, bytes, decoded, rows * columns);
    const float *x = random_floats(g, vectors * x_stride, 1), *before = random_floats(g, vectors * y_stride, 1);
    float *y = copied(before, vectors * y_stride);
    name_case(
        "deck_product of %s, %zu columns, %zu vectors%s", f->name, columns, vectors, accumulates ? ", added" : "");
    expect(
        deck_product(f->id, bytes, row_bytes, rows, columns, x, x_stride, vectors, y, y_stride, accumulates),
        "the type is refused");
    for (size_t i = 0; i < vectors * y_stride; i++) {
        const size_t vector = i / y_stride, row = i % y_stride;
        if (row >= rows) {
            compare(i, y[i], before[i], 0);
            continue;
        }
        double sum = accumulates ? before[i] : 0, size = sum < 0 ? -sum : sum;
        for (size_t c = 0; c < columns; c++) {
            const double term = (double)decoded[row * columns + c] * x[vector * x_stride + c];
            sum += term;
            size += term < 0 ? -term : term;
        }
        compare(i, y[i], sum, 1e-6 * size + 1e-7);
    }
    leave_rooms();
}

void check_decoding(void) {
    generator g = {7};
    const size_t plain[] = {1, 15, 16, 31, 32, 60, 100, 576}, packed[] = {1, 2, 3, 5};
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        const block_format *f = &formats[i];
        const size_t count = f->values == 1 ? COUNT_OF(plain) : COUNT_OF(packed);
        for (size_t c = 0; c < count; c++) {
            for (size_t vectors = 1; vectors <= DECK_PRODUCT_VECTORS; vectors++) {
                const size_t columns = f->values == 1 ? plain[c] : packed[c] * f->values;
                check_format(&g, f, columns, vectors, false);
                check_format(&g, f, columns, vectors, true);
            }
        }
    }
    float target = 1;
    name_case("a type that is not known");
    expect(!deck_decode(9, &target, 1, &target) && target == 1, "deck_decode takes it");
    expect(!deck_product(9, &target, 2, 1, 1, &target, 1, 1, &target, 1, false), "deck_product takes it");
    compare(0, target, 1, 0);
}
