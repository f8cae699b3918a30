#include <math.h>

#include "kernels.h"
#include "mix.h"

/// Scores of a constant count of queries against sixteen (or, at a page's ragged end, fewer) tokens from `token` on.
INLINE void score_block(
    bool is_half, const void *keys, size_t page_tokens, size_t token, size_t head_size, const float *queries,
    int vectors, float *scores, size_t score_stride) {
    const uint16_t *halves = keys;
    const float *floats = keys;
    if (token + LANES <= page_tokens) {
        // Several sums for each of few queries hide the latency of one. Head sizes are even.
        const int chains = vectors <= 4 ? 2 : 1;
        lanes sums[MIX_VECTORS][2], key;
        UNROLL for (int i = 0; i < vectors; i++) sums[i][0] = sums[i][1] = (lanes){0};
        for (size_t d = 0; d < head_size; d += (size_t)chains) {
            UNROLL for (int k = 0; k < chains; k++) {
                const size_t at = (d + (size_t)k) * page_tokens + token;
                if (is_half) load_f16(halves + at, &key);
                else load_f32(floats + at, &key);
                UNROLL for (int i = 0; i < vectors; i++) {
                    sums[i][k] += key * queries[(size_t)i * head_size + d + (size_t)k];
                }
            }
        }
        UNROLL for (int i = 0; i < vectors; i++) {
            const lanes sum = sums[i][0] + sums[i][1];
            store_f32(scores + (size_t)i * score_stride + token, &sum);
        }
        return;
    }
    for (; token < page_tokens; token++) {
        for (int i = 0; i < vectors; i++) {
            float sum = 0;
            for (size_t d = 0; d < head_size; d++) {
                const size_t at = d * page_tokens + token;
                sum += queries[(size_t)i * head_size + d] * (is_half ? half_at(halves + at) : floats[at]);
            }
            scores[(size_t)i * score_stride + token] = sum;
        }
    }
}

INLINE void score_all(
    bool is_half, const void *keys, size_t page_tokens, size_t tokens, size_t head_size, const float *queries,
    size_t vectors, float *scores, size_t score_stride) {
    while (vectors > 0) {
        const size_t taken = vectors < MIX_VECTORS ? vectors : MIX_VECTORS;
        for (size_t token = 0; token < tokens; token += LANES) {
#define SCORE(COUNT) \
    score_block(is_half, keys, page_tokens, token, head_size, queries, COUNT, scores, score_stride)
            switch (taken) {
            case 1: SCORE(1); break;
            case 2: SCORE(2); break;
            case 3: SCORE(3); break;
            case 4: SCORE(4); break;
            case 5: SCORE(5); break;
            case 6: SCORE(6); break;
            case 7: SCORE(7); break;
            default: SCORE(8); break;
            }
#undef SCORE
        }
        vectors -= taken;
        queries += taken * head_size;
        scores += taken * score_stride;
    }
}

/// Turns one query's scores of a page into exponentials relative to the largest score so far; tokens outside
/// `first..<last` become 0. Returns what the sums so far must be multiplied by.
INLINE float soften(float *scores, size_t span, int32_t first, int32_t last, float *largest, float *total) {
    const lanes nothing = {0};
    const lanes minus_infinity = nothing - INFINITY;
    lanes top = minus_infinity, v;
    for (size_t token = 0; token < span; token += LANES) {
        const int_lanes index = lane_index + (int32_t)token;
        const int_lanes seen = (index >= first) & (index < last);
        load_f32(scores + token, &v);
        choose(&seen, &v, &minus_infinity, &v);
        const int_lanes larger = v > top;
        choose(&larger, &v, &top, &top);
    }
    const float page_largest = largest_lane(&top);
    const float now = page_largest > *largest ? page_largest : *largest;
    lanes sum = nothing;
    for (size_t token = 0; token < span; token += LANES) {
        const int_lanes index = lane_index + (int32_t)token;
        const int_lanes seen = (index >= first) & (index < last);
        load_f32(scores + token, &v);
        v = v - now;
        exponential(&v, &v);
        choose(&seen, &v, &nothing, &v);
        sum += v;
        store_f32(scores + token, &v);
    }
    float factor = 0;
    if (*largest == now) {
        factor = 1;
    } else if (*largest > -INFINITY) {
        factor = expf(*largest - now);
    }
    *total = *total * factor + sum_lanes(&sum);
    *largest = now;
    return factor;
}

INLINE void attend(
    bool is_half, const deck_attention *state, const void *keys, const void *values, size_t page_tokens, size_t tokens,
    int32_t first_position) {
    const size_t span = (page_tokens + LANES - 1) / LANES * LANES, head_size = state->head_size;
    score_all(is_half, keys, page_tokens, tokens, head_size, state->queries, state->count, state->scores, span);
    const size_t used = (tokens + LANES - 1) / LANES * LANES;
    for (size_t from = 0; from < state->count; from += MIX_VECTORS) {
        const size_t left = state->count - from, taken = left < MIX_VECTORS ? left : MIX_VECTORS;
        float keep[MIX_VECTORS];
        for (size_t i = 0; i < taken; i++) {
            const size_t q = from + i;
            const int32_t position = state->positions[q];
            int32_t first = state->window > 0 ? position - state->window + 1 - first_position : 0;
            int32_t last = position + 1 - first_position;
            if (first < 0) first = 0;
            if (last > (int32_t)tokens) last = (int32_t)tokens;
            if (first < last) {
                keep[i] = soften(
                    state->scores + q * span, used, first, last, state->largest + q, state->total + q);
            } else {
                memset(state->scores + q * span, 0, used * sizeof(float));
                keep[i] = 1;
            }
        }
        mix_all(
            is_half, values, head_size, tokens, head_size, state->scores + from * span, span, taken,
            state->sums + from * head_size, head_size, keep);
    }
}

CLONES void deck_attend_f16(
    const deck_attention *state, const uint16_t *keys, const uint16_t *values, size_t page_tokens, size_t tokens,
    int32_t first_position) {
    attend(true, state, keys, values, page_tokens, tokens, first_position);
}

CLONES void deck_attend_f32(
    const deck_attention *state, const float *keys, const float *values, size_t page_tokens, size_t tokens,
    int32_t first_position) {
    attend(false, state, keys, values, page_tokens, tokens, first_position);
}
