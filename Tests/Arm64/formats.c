#include "formats.h"

#include <string.h>

const block_format formats[FORMAT_COUNT] = {
    {"f32", 0, 1, 4, {-1, -1}, false},
    {"f16", 1, 1, 2, {-1, -1}, false},
    {"bf16", 30, 1, 2, {-1, -1}, false},
    {"q4_0", 2, 32, 18, {0, 0}, true},
    {"q4_1", 3, 32, 20, {0, 2}, true},
    {"q5_0", 6, 32, 22, {0, 0}, true},
    {"q5_1", 7, 32, 24, {0, 2}, true},
    {"q8_0", 8, 32, 34, {0, 0}, true},
    {"q2_K", 10, 256, 84, {80, 82}, true},
    {"q3_K", 11, 256, 110, {108, 108}, true},
    {"q4_K", 12, 256, 144, {0, 2}, true},
    {"q5_K", 13, 256, 176, {0, 2}, true},
    {"q6_K", 14, 256, 210, {208, 208}, true},
};

static void plain_number(generator *g, const block_format *f, uint8_t *target) {
    const float x = next_number(g, 1);
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint16_t half = nearest_half(x), brain = (uint16_t)(bits >> 16);
    if (f->bytes == 4) memcpy(target, &x, sizeof x);
    else memcpy(target, f->id == 30 ? &brain : &half, sizeof half);
}

uint8_t *random_rows(generator *g, const block_format *f, size_t rows, size_t columns) {
    const size_t bytes = rows * row_bytes_of(f, columns);
    uint8_t *start = room(bytes);
    for (size_t i = 0; i < bytes; i++) start[i] = (uint8_t)next_bits(g);
    for (uint8_t *block = start; block < start + bytes; block += f->bytes) {
        if (f->halves[0] < 0) {
            plain_number(g, f, block);
            continue;
        }
        for (int i = 0; i < 2; i++) {
            const float x = next_number(g, 0.09f);
            const uint16_t half = nearest_half(x < 0 ? x - 0.01f : x + 0.01f);
            memcpy(block + f->halves[i], &half, sizeof half);
        }
    }
    return start;
}
