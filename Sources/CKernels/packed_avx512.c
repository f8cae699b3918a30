#include "packed_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c")))
#define BODY TARGET static inline __attribute__((always_inline))

/// Most activation rows in registers at once: an integer and a float sum each, beside the weights.
#define ROWS 12

BODY __m512 half_vector(const uint8_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }

BODY __m512i four(const int8_t *p) {
    int32_t word;
    memcpy(&word, p, sizeof word);
    return _mm512_set1_epi32(word);
}

/// Sixteen weight rows times `rows` (a constant) activation rows.
BODY void tile(
    int bits, bool is_split, int rows, const panel_view *p, const int8_t *values, const float *factors, float *y,
    size_t y_stride, size_t kept, bool accumulate, ahead_cursor *ahead) {
    const size_t blocks = p->blocks, stride = deck_quant_factors(blocks), columns = blocks * DECK_QUANT_BLOCK;
    const __m512i low = _mm512_set1_epi8(15);
    const __m512 zero = _mm512_set1_ps(-p->zero);
    const uint8_t *quants = p->quants, *halves = p->halves;
    __m512 sums[ROWS];
    UNROLL for (int r = 0; r < rows; r++) sums[r] = _mm512_setzero_ps();
    for (size_t b = 0; b < blocks; b++) {
        look_ahead(ahead);
        const int8_t *x = values + b * DECK_QUANT_BLOCK;
        __m512i whole[ROWS], second[ROWS];
        UNROLL for (int r = 0; r < rows; r++) whole[r] = second[r] = _mm512_setzero_si512();
        UNROLL for (int i = 0; i < 4; i++) {
            __m512i w1, w2;
            if (bits == 4) {
                const __m512i w = _mm512_loadu_si512(quants + 64 * i);
                w1 = _mm512_and_si512(w, low);
                w2 = _mm512_and_si512(_mm512_srli_epi16(w, 4), low);
            } else {
                w1 = _mm512_loadu_si512(quants + 64 * i);
                w2 = _mm512_loadu_si512(quants + 64 * (i + 4));
            }
            UNROLL for (int r = 0; r < rows; r++) {
                const int8_t *at = x + (size_t)r * columns + 4 * i;
                whole[r] = _mm512_dpbusd_epi32(whole[r], w1, four(at));
                if (is_split) second[r] = _mm512_dpbusd_epi32(second[r], w2, four(at + 16));
                else whole[r] = _mm512_dpbusd_epi32(whole[r], w2, four(at + 16));
            }
        }
        quants += p->block_bytes;
        UNROLL for (int half = 0; half < (is_split ? 2 : 1); half++) {
            const __m512 scale = half_vector(halves + 32 * half);
            __m512 minimum = _mm512_mul_ps(scale, zero);
            if (p->has_minimum) {
                minimum = _mm512_add_ps(minimum, half_vector(halves + 32 * (half + (is_split ? 2 : 1))));
            }
            UNROLL for (int r = 0; r < rows; r++) {
                const float *f = factors + (size_t)r * stride;
                const __m512 scales = _mm512_mul_ps(scale, _mm512_set1_ps(f[b]));
                const float sum = is_split ? f[2 * blocks + 2 * b + (size_t)half] : f[blocks + b];
                sums[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(half ? second[r] : whole[r]), scales, sums[r]);
                sums[r] = _mm512_fmadd_ps(minimum, _mm512_set1_ps(sum), sums[r]);
            }
        }
        halves += p->block_bytes;
    }
    UNROLL for (int r = 0; r < rows; r++) {
        const deck_escape *escapes = (const deck_escape *)(factors + (size_t)r * stride + 4 * blocks);
        for (size_t e = 0; e < DECK_ESCAPES(blocks); e++) {
            const escaped_group g = find_group(bits, p, escapes[e].group);
            __m512i w = _mm512_loadu_si512(g.quants);
            if (bits == 4) w = _mm512_and_si512(_mm512_srl_epi16(w, _mm_cvtsi32_si128(g.shift)), low);
            const __m512i dots = _mm512_dpbusd_epi32(_mm512_setzero_si512(), w, four(escapes[e].high));
            const __m512 scale = half_vector(p->halves + g.block * p->block_bytes + (is_split ? 32 * g.half : 0));
            const __m512 scales = _mm512_mul_ps(scale, _mm512_set1_ps(escapes[e].factor));
            sums[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots), scales, sums[r]);
        }
    }
    const __mmask16 mask = (__mmask16)((1u << kept) - 1);
    UNROLL for (int r = 0; r < rows; r++) {
        float *cell = y + (size_t)r * y_stride;
        if (accumulate) sums[r] = _mm512_add_ps(sums[r], _mm512_maskz_loadu_ps(mask, cell));
        _mm512_mask_storeu_ps(cell, mask, sums[r]);
    }
}

PANEL_PRODUCT(avx512, TILES_TO_12, ROWS)

#endif
