#include "packed_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define TARGET __attribute__((target("dotprod")))
#define BODY TARGET static inline __attribute__((always_inline))

#define ROWS 6

BODY float32x4_t half_vector(const uint8_t *p) { return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p))); }

/// Eight of a panel's rows (two vectors) times `rows` (a constant) activation rows. Eight-bit weights lose 128, so that
/// they are signed.
BODY void half_tile(
    int bits, bool is_split, int rows, int part, const panel_view *p, const int8_t *values, const float *factors,
    float *y, size_t y_stride, size_t kept, bool accumulate, ahead_cursor *ahead) {
    const size_t blocks = p->blocks, stride = deck_quant_factors(blocks), columns = blocks * DECK_QUANT_BLOCK;
    const uint8x16_t low = vdupq_n_u8(15), sign = vdupq_n_u8(0x80);
    const float zero = bits == 4 ? -p->zero : 128 - p->zero;
    const uint8_t *quants = p->quants + 32 * part, *halves = p->halves + 16 * part;
    float32x4_t sums[ROWS][2];
    UNROLL for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = vdupq_n_f32(0);
    for (size_t b = 0; b < blocks; b++) {
        if (part == 0) look_ahead(ahead);
        const int8_t *x = values + b * DECK_QUANT_BLOCK;
        int32x4_t dots[ROWS][2];
        UNROLL for (int half = 0; half < 2; half++) {
            if (half == 0 || is_split) {
                UNROLL for (int r = 0; r < rows; r++) dots[r][0] = dots[r][1] = vdupq_n_s32(0);
            }
            int8x16_t four[ROWS];
            UNROLL for (int r = 0; r < rows; r++) four[r] = vld1q_s8(x + (size_t)r * columns + 16 * half);
#define GROUP(i) \
    UNROLL for (int v = 0; v < 2; v++) { \
        int8x16_t w; \
        if (bits == 4) { \
            const uint8x16_t packed = vld1q_u8(quants + 64 * i + 16 * v); \
            w = vreinterpretq_s8_u8(half == 0 ? vandq_u8(packed, low) : vshrq_n_u8(packed, 4)); \
        } else { \
            w = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(quants + 64 * (i + 4 * half) + 16 * v), sign)); \
        } \
        UNROLL for (int r = 0; r < rows; r++) dots[r][v] = vdotq_laneq_s32(dots[r][v], w, four[r], i); \
    }
            GROUP(0)
            GROUP(1)
            GROUP(2)
            GROUP(3)
#undef GROUP
            // One scale for the whole block: the other half's products come to the same sums.
            if (half == 0 && !is_split) continue;
            const int at = is_split ? half : 0;
            UNROLL for (int v = 0; v < 2; v++) {
                const float32x4_t scale = half_vector(halves + 32 * at + 8 * v);
                float32x4_t minimum = vmulq_n_f32(scale, zero);
                if (p->has_minimum) {
                    minimum = vaddq_f32(minimum, half_vector(halves + 32 * (at + (is_split ? 2 : 1)) + 8 * v));
                }
                UNROLL for (int r = 0; r < rows; r++) {
                    const float *f = factors + (size_t)r * stride;
                    const float sum = is_split ? f[2 * blocks + 2 * b + (size_t)at] : f[blocks + b];
                    const float32x4_t scales = vmulq_n_f32(scale, f[b]);
                    sums[r][v] = vfmaq_f32(sums[r][v], vcvtq_f32_s32(dots[r][v]), scales);
                    sums[r][v] = vfmaq_n_f32(sums[r][v], minimum, sum);
                }
            }
        }
        quants += p->block_bytes;
        halves += p->block_bytes;
    }
    UNROLL for (int r = 0; r < rows; r++) {
        const deck_escape *escapes = (const deck_escape *)(factors + (size_t)r * stride + 4 * blocks);
        for (size_t e = 0; e < DECK_ESCAPES(blocks); e++) {
            const escaped_group g = find_group(bits, p, escapes[e].group);
            int32_t word;
            memcpy(&word, escapes[e].high, sizeof word);
            const int8x16_t four = vreinterpretq_s8_s32(vdupq_n_s32(word));
            UNROLL for (int v = 0; v < 2; v++) {
                uint8x16_t w = vld1q_u8(g.quants + 32 * part + 16 * v);
                if (bits == 4) w = vandq_u8(vshlq_u8(w, vdupq_n_s8((int8_t)-g.shift)), low);
                else w = veorq_u8(w, sign);
                const int32x4_t dots = vdotq_s32(vdupq_n_s32(0), vreinterpretq_s8_u8(w), four);
                const float32x4_t scale = half_vector(
                    p->halves + 16 * part + 8 * v + g.block * p->block_bytes + (is_split ? 32 * g.half : 0));
                sums[r][v] = vfmaq_f32(sums[r][v], vcvtq_f32_s32(dots), vmulq_n_f32(scale, escapes[e].factor));
            }
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        float *cell = y + (size_t)r * y_stride + 8 * part, lane[8];
        vst1q_f32(lane, sums[r][0]);
        vst1q_f32(lane + 4, sums[r][1]);
        for (size_t i = 0; i < kept; i++) cell[i] = accumulate ? cell[i] + lane[i] : lane[i];
    }
}

BODY void tile(
    int bits, bool is_split, int rows, const panel_view *p, const int8_t *values, const float *factors, float *y,
    size_t y_stride, size_t kept, bool accumulate, ahead_cursor *ahead) {
    half_tile(bits, is_split, rows, 0, p, values, factors, y, y_stride, kept < 8 ? kept : 8, accumulate, ahead);
    if (kept > 8) half_tile(bits, is_split, rows, 1, p, values, factors, y, y_stride, kept - 8, accumulate, ahead);
}

PANEL_PRODUCT(neon, TILES_TO_6, ROWS)

#endif
