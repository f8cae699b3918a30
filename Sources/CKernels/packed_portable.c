#include "packed_kernels.h"

#define TARGET

/// Sixteen weight rows times `rows` activation rows, in plain C.
INLINE void tile(
    int bits, bool is_split, int rows, const panel_view *p, const int8_t *values, const float *factors, float *y,
    size_t y_stride, size_t kept, bool accumulate, ahead_cursor *ahead) {
    const size_t blocks = p->blocks, stride = deck_quant_factors(blocks), columns = blocks * DECK_QUANT_BLOCK;
    for (int r = 0; r < rows; r++) {
        float sums[DECK_PANEL_ROWS] = {0};
        const float *f = factors + (size_t)r * stride;
        for (size_t b = 0; b < blocks; b++) {
            if (r == 0) look_ahead(ahead);
            const uint8_t *quants = p->quants + b * p->block_bytes;
            const uint8_t *halves = p->halves + b * p->block_bytes;
            const int8_t *x = values + (size_t)r * columns + b * DECK_QUANT_BLOCK;
            int32_t dots[2][DECK_PANEL_ROWS] = {{0}};
            for (int half = 0; half < 2; half++) {
                for (int i = 0; i < 4; i++) {
                    const uint8_t *w = quants + 64 * (bits == 4 ? i : i + 4 * half);
                    for (int byte = 0; byte < 64; byte++) {
                        const int quant = bits == 4 ? (w[byte] >> (4 * half)) & 15 : w[byte];
                        dots[is_split ? half : 0][byte / 4] += quant * x[16 * half + 4 * i + byte % 4];
                    }
                }
            }
            for (int half = 0; half < (is_split ? 2 : 1); half++) {
                const float sum = is_split ? f[2 * blocks + 2 * b + (size_t)half] : f[blocks + b];
                for (int row = 0; row < DECK_PANEL_ROWS; row++) {
                    const float scale = half_at(halves + 32 * half + 2 * row);
                    float minimum = -p->zero * scale;
                    if (p->has_minimum) minimum += half_at(halves + 32 * (half + (is_split ? 2 : 1)) + 2 * row);
                    sums[row] += (float)dots[half][row] * (scale * f[b]) + minimum * sum;
                }
            }
        }
        const deck_escape *escapes = (const deck_escape *)(f + 4 * blocks);
        for (size_t e = 0; e < DECK_ESCAPES(blocks); e++) {
            const escaped_group g = find_group(bits, p, escapes[e].group);
            const uint8_t *scales = p->halves + g.block * p->block_bytes + (is_split ? 32 * g.half : 0);
            for (int row = 0; row < DECK_PANEL_ROWS; row++) {
                int dot = 0;
                for (int k = 0; k < 4; k++) {
                    const int quant = g.quants[4 * row + k] >> g.shift;
                    dot += (bits == 4 ? quant & 15 : quant) * escapes[e].high[k];
                }
                sums[row] += (float)dot * half_at(scales + 2 * row) * escapes[e].factor;
            }
        }
        float *cell = y + (size_t)r * y_stride;
        for (size_t row = 0; row < kept; row++) cell[row] = accumulate ? cell[row] + sums[row] : sums[row];
    }
}

PANEL_PRODUCT(portable, TILES_TO_6, 6)
