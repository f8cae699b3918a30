#include <math.h>

#include "kernels.h"
#include "lanes.h"

/// Tokens of one pass of scores, softmax and values; a multiple of every lane count. Its keys, staged as f32, fit in a
/// first-level cache.
#define PASS 128
/// Floats between two dimensions of staged keys: not a power of two, which would put them all in a few sets of the cache.
#define KEY_STRIDE (PASS + LANES)
/// Queries of one tile.
#define TILE 6
/// Tokens between what is read and what is asked for.
#define AHEAD 32

/// What one tile of queries sees of one pass.
typedef struct {
    const deck_attention *state;
    bool is_half;
    /// Keys and values of the pass stand as f32 in work space.
    bool is_staged;
    /// [TILE × PASS]
    float *scores;
    /// [head_size × KEY_STRIDE]
    float *keys;
    /// [PASS × head_size]
    float *values;
    /// First token of the pass, and the one after its last
    size_t first, end;
    /// The end of all passes
    size_t last;
} attention_pass;

size_t deck_attention_floats(size_t queries, size_t head_size) {
    return queries * head_size + TILE * PASS + head_size * KEY_STRIDE + PASS * head_size;
}

INLINE const uint8_t *page_of(const deck_attention *s, size_t token) {
    return (const uint8_t *)s->base + (size_t)s->pages[token / s->page_tokens] * s->page_bytes;
}

/// Neighbouring tokens from `token` on that stand in one page.
INLINE size_t neighbours(const deck_attention *s, size_t token, size_t end) {
    const size_t left = s->page_tokens - token % s->page_tokens;
    return left < end - token ? left : end - token;
}

/// Asks for a sixteen of tokens that will be read soon: its keys (or values) are too short a stream for the processor to
/// see it coming.
INLINE void ask_for(const attention_pass *p, size_t token, size_t offset) {
    const deck_attention *s = p->state;
    if (token >= p->last) return;
    const size_t bytes = s->head_size * (p->is_half ? 2 : 4) * LANES;
    // A page of sixteen tokens is asked for exactly; of larger ones, as many bytes of the same place.
    const uint8_t *at = page_of(s, token) + offset + token % s->page_tokens / LANES * bytes;
    for (size_t byte = 0; byte < bytes; byte += 64) __builtin_prefetch(at + byte);
}

INLINE void widen_row(bool is_half, const void *source, size_t at, size_t count, float *target) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        lanes v;
        load_either(is_half, source, at + i, &v);
        store_f32(target + i, &v);
    }
    for (; i < count; i++) target[i] = either_at(is_half, source, at + i);
}

INLINE void stage(const attention_pass *p) {
    const deck_attention *s = p->state;
    for (size_t token = p->first; token < p->end;) {
        const size_t count = neighbours(s, token, p->end), slot = token % s->page_tokens;
        const uint8_t *page = page_of(s, token);
        float *keys = p->keys + (token - p->first), *values = p->values + (token - p->first) * s->head_size;
        for (size_t d = 0; d < s->head_size; d++) {
            widen_row(p->is_half, page + s->keys, d * s->page_tokens + slot, count, keys + d * KEY_STRIDE);
        }
        widen_row(p->is_half, page + s->values, slot * s->head_size, count * s->head_size, values);
        token += count;
    }
}

/// Scores of a constant count of queries against a constant count of sixteens of tokens, `stride` apart in `keys`.
INLINE void score_tile(
    bool is_half, int queries, int blocks, const void *keys, size_t at, size_t stride, const float *q, size_t head_size,
    float *scores) {
    lanes sums[TILE][2], more[TILE], key[2];
    // Few sums wait for each other: a second chain then takes the odd dimensions.
    const bool has_two = blocks == 1 && queries <= 3;
    UNROLL for (int i = 0; i < queries; i++) sums[i][0] = sums[i][1] = more[i] = (lanes){0};
    size_t d = 0;
    if (has_two) {
        for (; d + 2 <= head_size; d += 2, at += 2 * stride) {
            load_either(is_half, keys, at, &key[0]);
            load_either(is_half, keys, at + stride, &key[1]);
            UNROLL for (int i = 0; i < queries; i++) {
                sums[i][0] += key[0] * q[(size_t)i * head_size + d];
                more[i] += key[1] * q[(size_t)i * head_size + d + 1];
            }
        }
    }
    for (; d < head_size; d++, at += stride) {
        UNROLL for (int k = 0; k < blocks; k++) load_either(is_half, keys, at + (size_t)k * LANES, &key[k]);
        UNROLL for (int i = 0; i < queries; i++) {
            UNROLL for (int k = 0; k < blocks; k++) sums[i][k] += key[k] * q[(size_t)i * head_size + d];
        }
    }
    UNROLL for (int i = 0; i < queries; i++) {
        if (has_two) sums[i][0] += more[i];
        UNROLL for (int k = 0; k < blocks; k++) store_f32(scores + i * PASS + k * LANES, &sums[i][k]);
    }
}

/// Scores of a tile's queries against the pass's tokens before `end`; those up to the next sixteen are rubbish.
INLINE void score(const attention_pass *p, int queries, int blocks, const float *q, size_t end) {
    const deck_attention *s = p->state;
    size_t token = p->first;
    if (p->is_staged) {
        for (; token + LANES * (size_t)(blocks - 1) < end; token += LANES * (size_t)blocks) {
            const size_t at = token - p->first;
            score_tile(false, queries, blocks, p->keys, at, KEY_STRIDE, q, s->head_size, p->scores + at);
        }
        for (; token < end; token += LANES) {
            const size_t at = token - p->first;
            score_tile(false, queries, 1, p->keys, at, KEY_STRIDE, q, s->head_size, p->scores + at);
        }
        return;
    }
    for (; token < end; token += LANES) {
        ask_for(p, token + AHEAD, s->keys);
        score_tile(
            p->is_half, queries, 1, page_of(s, token) + s->keys, token % s->page_tokens, s->page_tokens, q,
            s->head_size, p->scores + (token - p->first));
    }
}

/// Turns one query's scores into exponentials relative to the largest score so far; tokens outside `first..<last` become
/// 0. Returns what the sums so far must be multiplied by.
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
    const float pass_largest = largest_lane(&top);
    const float now = pass_largest > *largest ? pass_largest : *largest;
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

/// sums[i] = sums[i] * keep[i] + the weighted values of tokens before `end`, over a constant count of sixteens of
/// dimensions, or over one dimension alone (`chunks` 0).
INLINE void mix_tile(
    const attention_pass *p, bool is_half, int queries, int chunks, size_t d, size_t end, float *sums,
    const float *keep) {
    const deck_attention *s = p->state;
    lanes mixed[TILE][4], row[4];
    float single[TILE];
    UNROLL for (int i = 0; i < queries; i++) {
        float *at = sums + (size_t)i * s->head_size + d;
        if (chunks == 0) single[i] = *at * keep[i];
        UNROLL for (int k = 0; k < chunks; k++) {
            load_f32(at + (size_t)k * LANES, &mixed[i][k]);
            mixed[i][k] *= keep[i];
        }
    }
    for (size_t token = p->first; token < end;) {
        const size_t count = p->is_staged ? end - token : neighbours(s, token, end);
        const void *values =
            p->is_staged ? (const void *)(p->values + (token - p->first) * s->head_size)
                         : page_of(s, token) + s->values + token % s->page_tokens * s->head_size * (is_half ? 2 : 4);
        const float *weights = p->scores + (token - p->first);
        if (!p->is_staged && d == 0) ask_for(p, token + AHEAD, s->values);
        for (size_t j = 0; j < count; j++) {
            const size_t at = j * s->head_size + d;
            UNROLL for (int k = 0; k < chunks; k++) load_either(is_half, values, at + (size_t)k * LANES, &row[k]);
            UNROLL for (int i = 0; i < queries; i++) {
                const float weight = weights[(size_t)i * PASS + j];
                if (chunks == 0) single[i] += either_at(is_half, values, at) * weight;
                UNROLL for (int k = 0; k < chunks; k++) mixed[i][k] += row[k] * weight;
            }
        }
        token += count;
    }
    UNROLL for (int i = 0; i < queries; i++) {
        float *at = sums + (size_t)i * s->head_size + d;
        if (chunks == 0) *at = single[i];
        UNROLL for (int k = 0; k < chunks; k++) store_f32(at + (size_t)k * LANES, &mixed[i][k]);
    }
}

INLINE void mix(
    const attention_pass *p, bool is_half, int queries, int chunks, size_t end, float *sums, const float *keep) {
    const size_t head_size = p->state->head_size;
    size_t d = 0;
    for (; d + LANES * (size_t)chunks <= head_size; d += LANES * (size_t)chunks) {
        mix_tile(p, is_half, queries, chunks, d, end, sums, keep);
    }
    for (; chunks > 1 && d + LANES <= head_size; d += LANES) mix_tile(p, is_half, queries, 1, d, end, sums, keep);
    for (; d < head_size; d++) mix_tile(p, is_half, queries, 0, d, end, sums, keep);
}

/// One tile's queries, a constant count, over one pass.
INLINE void attend_tile(
    const attention_pass *p, bool is_wide, int queries, size_t first_query, const float *packed, float *sums,
    float *largest, float *total) {
    const deck_attention *s = p->state;
    // The last query sees farthest.
    const size_t seen = (size_t)s->first_position + (first_query + (size_t)queries - 1) / s->heads + 1;
    const size_t end = seen < p->end ? seen : p->end;
    if (end <= p->first) return;
    const float *q = packed + first_query * s->head_size;
    score(p, queries, is_wide ? 2 : 1, q, end);
    float keep[TILE];
    UNROLL for (int i = 0; i < queries; i++) {
        const size_t query = first_query + (size_t)i;
        const int64_t position = s->first_position + (int64_t)(query / s->heads);
        int64_t first = s->window > 0 ? position - s->window + 1 - (int64_t)p->first : 0;
        int64_t last = position + 1 - (int64_t)p->first;
        const int64_t count = (int64_t)(end - p->first);
        if (first < 0) first = 0;
        if (last > count) last = count;
        float *scores = p->scores + (size_t)i * PASS;
        if (first < last) {
            const size_t span = ((size_t)count + LANES - 1) / LANES * LANES;
            keep[i] = soften(scores, span, (int32_t)first, (int32_t)last, largest + query, total + query);
        } else {
            memset(scores, 0, (size_t)count * sizeof(float));
            keep[i] = 1;
        }
    }
    float *target = sums + first_query * s->head_size;
    const int chunks = is_wide ? (queries <= 3 ? 4 : 2) : (queries <= 3 ? 2 : 1);
    if (p->is_staged) mix(p, false, queries, chunks, end, target, keep);
    else mix(p, p->is_half, queries, chunks, end, target, keep);
}

INLINE void attend(
    bool is_half, bool is_wide, const deck_attention *s, size_t first, size_t end, float *work, float *part) {
    const size_t count = s->rows * s->heads;
    float *packed = work, *sums = part, *largest = sums + count * s->head_size, *total = largest + count;
    memset(sums, 0, count * s->head_size * sizeof(float));
    for (size_t i = 0; i < count; i++) {
        largest[i] = -INFINITY;
        total[i] = 0;
        const float *source = s->queries + i / s->heads * s->query_stride + i % s->heads * s->head_size;
        for (size_t d = 0; d < s->head_size; d++) packed[i * s->head_size + d] = source[d] * s->factor;
    }
    attention_pass p = {
        .state = s,
        .is_half = is_half,
        // A tile or two do not pay for staging; pages of odd sizes cannot be scored where they stand.
        .is_staged = count > 2 * TILE || s->page_tokens % LANES != 0,
        .scores = packed + count * s->head_size,
        .last = end,
    };
    p.keys = p.scores + TILE * PASS;
    p.values = p.keys + s->head_size * KEY_STRIDE;
    for (size_t from = first; from < end; from += PASS) {
        p.first = from;
        p.end = end - from < PASS ? end : from + PASS;
        if (p.is_staged) stage(&p);
        for (size_t query = 0; query < count;) {
            const size_t taken = count - query < TILE ? count - query : TILE;
#define TILES(COUNT) attend_tile(&p, is_wide, COUNT, query, packed, sums, largest, total)
            switch (taken) {
            case 1: TILES(1); break;
            case 2: TILES(2); break;
            case 3: TILES(3); break;
            case 4: TILES(4); break;
            case 5: TILES(5); break;
            default: TILES(6); break;
            }
#undef TILES
            query += taken;
        }
    }
}

#define DEFINE(NAME, IS_HALF) \
    WIDE static void attend_##NAME##_wide( \
        const deck_attention *state, size_t first, size_t end, float *work, float *part) { \
        attend(IS_HALF, true, state, first, end, work, part); \
    } \
    NARROW void deck_attend_##NAME##_narrow( \
        const deck_attention *state, size_t first, size_t end, float *work, float *part) { \
        attend(IS_HALF, false, state, first, end, work, part); \
    } \
    void deck_attend_##NAME(const deck_attention *state, size_t first, size_t end, float *work, float *part) { \
        if (HAS_WIDE) attend_##NAME##_wide(state, first, end, work, part); \
        else deck_attend_##NAME##_narrow(state, first, end, work, part); \
    }

DEFINE(f16, true)
DEFINE(f32, false)

void deck_attention_merge(
    const deck_attention *state, const float *parts, size_t part_count, float *result, size_t result_stride) {
    const size_t count = state->rows * state->heads, head_size = state->head_size;
    const size_t part_floats = DECK_ATTENTION_PART(count, head_size);
    for (size_t i = 0; i < count; i++) {
        const float *largest = parts + count * head_size + i, *total = largest + count;
        float top = -INFINITY, sum = 0;
        for (size_t k = 0; k < part_count; k++) {
            const float its = largest[k * part_floats];
            top = its > top ? its : top;
        }
        for (size_t k = 0; k < part_count; k++) {
            sum += total[k * part_floats] * expf(largest[k * part_floats] - top);
        }
        float *target = result + i / state->heads * result_stride + i % state->heads * head_size;
        for (size_t k = 0; k < part_count; k++) {
            const float factor = expf(largest[k * part_floats] - top) / sum;
            const float *sums = parts + k * part_floats + i * head_size;
            for (size_t d = 0; d < head_size; d++) target[d] = sums[d] * factor + (k > 0 ? target[d] : 0);
        }
    }
}
