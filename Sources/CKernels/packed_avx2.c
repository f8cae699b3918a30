#include "packed_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma,f16c")))
#define BODY TARGET static inline __attribute__((always_inline))

#define ROWS 6

BODY __m256 half_vector(const uint8_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }

BODY __m256i four(const int8_t *p) {
    int32_t word;
    memcpy(&word, p, sizeof word);
    return _mm256_set1_epi32(word);
}

/// sum + the four products in each lane, of eight weight rows. Four-bit weights are summed in 16 bits, eight products of at
/// most 2 · 15 · 127; eight-bit weights (less 128, so signed) are multiplied by size and sign and widened at once.
BODY __m256i multiply(int bits, __m256i sum, __m256i w, __m256i x) {
    if (bits == 4) return _mm256_add_epi16(sum, _mm256_maddubs_epi16(w, x));
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

/// Eight of a panel's rows times `rows` (a constant) activation rows.
BODY void half_tile(
    int bits, bool is_split, int rows, int part, const panel_view *p, const int8_t *values, const float *factors,
    float *y, size_t y_stride, size_t kept, bool accumulate, ahead_cursor *ahead) {
    const size_t blocks = p->blocks, stride = deck_quant_factors(blocks), columns = blocks * DECK_QUANT_BLOCK;
    const __m256i low = _mm256_set1_epi8(15), sign = _mm256_set1_epi8((char)0x80);
    const __m256 zero = _mm256_set1_ps(bits == 4 ? -p->zero : 128 - p->zero);
    const uint8_t *quants = p->quants + 32 * part, *halves = p->halves + 16 * part;
    __m256 sums[ROWS];
    UNROLL for (int r = 0; r < rows; r++) sums[r] = _mm256_setzero_ps();
    for (size_t b = 0; b < blocks; b++) {
        if (part == 0) look_ahead(ahead);
        const int8_t *x = values + b * DECK_QUANT_BLOCK;
        UNROLL for (int half = 0; half < (is_split ? 2 : 1); half++) {
            __m256i dots[ROWS];
            UNROLL for (int r = 0; r < rows; r++) dots[r] = _mm256_setzero_si256();
            UNROLL for (int i = 0; i < (is_split ? 4 : 8); i++) {
                // The eight groups of four columns of a block, four of them in each half.
                const int group = is_split ? i + 4 * half : i;
                __m256i w;
                if (bits == 4) {
                    w = _mm256_loadu_si256((const __m256i *)(quants + 64 * (group % 4)));
                    w = _mm256_and_si256(group < 4 ? w : _mm256_srli_epi16(w, 4), low);
                } else {
                    w = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(quants + 64 * group)), sign);
                }
                UNROLL for (int r = 0; r < rows; r++) {
                    dots[r] = multiply(bits, dots[r], w, four(x + (size_t)r * columns + 4 * group));
                }
            }
            const __m256 scale = half_vector(halves + 32 * half);
            __m256 minimum = _mm256_mul_ps(scale, zero);
            if (p->has_minimum) {
                minimum = _mm256_add_ps(minimum, half_vector(halves + 32 * (half + (is_split ? 2 : 1))));
            }
            UNROLL for (int r = 0; r < rows; r++) {
                const float *f = factors + (size_t)r * stride;
                const float sum = is_split ? f[2 * blocks + 2 * b + (size_t)half] : f[blocks + b];
                if (bits == 4) dots[r] = _mm256_madd_epi16(dots[r], _mm256_set1_epi16(1));
                const __m256 scales = _mm256_mul_ps(scale, _mm256_set1_ps(f[b]));
                sums[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots[r]), scales, sums[r]);
                sums[r] = _mm256_fmadd_ps(minimum, _mm256_set1_ps(sum), sums[r]);
            }
        }
        quants += p->block_bytes;
        halves += p->block_bytes;
    }
    UNROLL for (int r = 0; r < rows; r++) {
        const deck_escape *escapes = (const deck_escape *)(factors + (size_t)r * stride + 4 * blocks);
        for (size_t e = 0; e < DECK_ESCAPES(blocks); e++) {
            const escaped_group g = find_group(bits, p, escapes[e].group);
            __m256i w = _mm256_loadu_si256((const __m256i *)(g.quants + 32 * part));
            if (bits == 4) w = _mm256_and_si256(_mm256_srl_epi16(w, _mm_cvtsi32_si128(g.shift)), low);
            // Unsigned weights: at most 255 · 127 in a pair, because one of the four is not zero.
            const __m256i pairs = _mm256_maddubs_epi16(w, four(escapes[e].high));
            __m256i dots = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
            const int8_t *high = escapes[e].high;
            // Eight-bit weights count 128 less here, as in the sums above.
            if (bits == 8) dots = _mm256_sub_epi32(dots, _mm256_set1_epi32(128 * (high[0] + high[1] + high[2] + high[3])));
            const __m256 scale =
                half_vector(p->halves + 16 * part + g.block * p->block_bytes + (is_split ? 32 * g.half : 0));
            const __m256 scales = _mm256_mul_ps(scale, _mm256_set1_ps(escapes[e].factor));
            sums[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots), scales, sums[r]);
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        float *cell = y + (size_t)r * y_stride + 8 * part, lane[8];
        if (kept >= 8) {
            if (accumulate) sums[r] = _mm256_add_ps(sums[r], _mm256_loadu_ps(cell));
            _mm256_storeu_ps(cell, sums[r]);
        } else {
            _mm256_storeu_ps(lane, sums[r]);
            for (size_t i = 0; i < kept; i++) cell[i] = accumulate ? cell[i] + lane[i] : lane[i];
        }
    }
}

BODY void tile(
    int bits, bool is_split, int rows, const panel_view *p, const int8_t *values, const float *factors, float *y,
    size_t y_stride, size_t kept, bool accumulate, ahead_cursor *ahead) {
    half_tile(bits, is_split, rows, 0, p, values, factors, y, y_stride, kept < 8 ? kept : 8, accumulate, ahead);
    if (kept > 8) half_tile(bits, is_split, rows, 1, p, values, factors, y, y_stride, kept - 8, accumulate, ahead);
}

PANEL_PRODUCT(avx2, TILES_TO_6, ROWS)

#endif
