#include <math.h>

#include "check.h"
#include "kernels.h"

// Paged attention in passes and parts against a plain softmax, with windows, ragged pages and NaN in unused places.

#define FACTOR 0.3f
#define MOST_PARTS 4

typedef struct {
    size_t head_size, page_tokens, tokens, rows, heads, window;
} attention_shape;

typedef struct {
    attention_shape shape;
    /// [tokens × head_size], all of them numbers that f16 has
    const float *keys, *values;
    const float *queries;
    size_t query_stride;
    int32_t *pages;
    float *pool;
    uint16_t *half_pool;
    double *expected;
} attention_case;

/// Lays keys and values into pages: keys transposed, then values; pages backwards, so that nothing works by being
/// neighbours.
static void lay_pages(attention_case *a) {
    const size_t size = a->shape.head_size, page = a->shape.page_tokens;
    const size_t count = (a->shape.tokens + page - 1) / page, floats = count * 2 * size * page;
    a->pages = room(count * sizeof *a->pages);
    a->pool = room(floats * sizeof *a->pool);
    a->half_pool = room(floats * sizeof *a->half_pool);
    for (size_t i = 0; i < count; i++) a->pages[i] = (int32_t)(count - 1 - i);
    for (size_t token = 0; token < a->shape.tokens; token++) {
        const size_t base = (size_t)a->pages[token / page] * 2 * size * page, slot = token % page;
        for (size_t d = 0; d < size; d++) {
            const size_t key = base + d * page + slot, value = base + size * page + slot * size + d;
            a->pool[key] = a->keys[token * size + d];
            a->pool[value] = a->values[token * size + d];
            a->half_pool[key] = nearest_half(a->pool[key]);
            a->half_pool[value] = nearest_half(a->pool[value]);
        }
    }
}

static void fill_expected(attention_case *a) {
    const attention_shape *s = &a->shape;
    const size_t size = s->head_size;
    double *weights = room(s->tokens * sizeof *weights);
    a->expected = room(s->rows * s->heads * size * sizeof *a->expected);
    for (size_t query = 0; query < s->rows * s->heads; query++) {
        const float *q = a->queries + query / s->heads * a->query_stride + query % s->heads * size;
        const size_t position = s->tokens - s->rows + query / s->heads;
        const size_t first = s->window > 0 && position + 1 > s->window ? position + 1 - s->window : 0;
        double top = -INFINITY, total = 0;
        for (size_t token = first; token <= position; token++) {
            double dot = 0;
            for (size_t d = 0; d < size; d++) dot += (double)q[d] * a->keys[token * size + d];
            weights[token] = FACTOR * dot;
            top = fmax(top, weights[token]);
        }
        double *target = a->expected + query * size;
        for (size_t d = 0; d < size; d++) target[d] = 0;
        for (size_t token = first; token <= position; token++) {
            const double weight = exp(weights[token] - top);
            total += weight;
            for (size_t d = 0; d < size; d++) target[d] += weight * a->values[token * size + d];
        }
        for (size_t d = 0; d < size; d++) target[d] /= total;
    }
}

/// Attends in the parts between neighbouring bounds and compares their join; what is between rows of the result stays.
static void attend(const attention_case *a, bool is_half, const size_t *bounds, size_t part_count) {
    const attention_shape *s = &a->shape;
    const size_t element = is_half ? 2 : 4, width = s->heads * s->head_size, stride = width + 3;
    const size_t queries = s->rows * s->heads, part_floats = DECK_ATTENTION_PART(queries, s->head_size);
    const size_t matrix = s->head_size * s->page_tokens * element;
    const deck_attention state = {
        .base = is_half ? (const void *)a->half_pool : (const void *)a->pool, .page_bytes = 2 * matrix,
        .pages = a->pages, .page_tokens = s->page_tokens, .keys = 0, .values = matrix, .queries = a->queries,
        .query_stride = a->query_stride, .factor = FACTOR, .rows = s->rows, .heads = s->heads,
        .head_size = s->head_size, .first_position = (int32_t)(s->tokens - s->rows), .window = (int32_t)s->window};
    float *parts = room(part_count * part_floats * sizeof *parts);
    float *work = room(deck_attention_floats(queries, s->head_size) * sizeof *work);
    float *result = room(s->rows * stride * sizeof *result);
    for (size_t i = 0; i < s->rows * stride; i++) result[i] = 9;
    for (size_t part = 0; part < part_count; part++) {
        float *target = parts + part * part_floats;
        if (is_half) deck_attend_f16(&state, bounds[part], bounds[part + 1], work, target);
        else deck_attend_f32(&state, bounds[part], bounds[part + 1], work, target);
    }
    deck_attention_merge(&state, parts, part_count, result, stride);
    name_case(
        "deck_attend_%s of %zu tokens in pages of %zu, %zu rows, %zu heads of %zu, window %zu, %zu parts",
        is_half ? "f16" : "f32", s->tokens, s->page_tokens, s->rows, s->heads, s->head_size, s->window, part_count);
    for (size_t i = 0; i < s->rows * stride; i++) {
        const size_t column = i % stride;
        if (column < width) compare(i, result[i], a->expected[i / stride * width + column], 2e-5);
        else compare(i, result[i], 9, 0);
    }
}

static void check_shape(attention_shape shape) {
    generator g = {11};
    const size_t numbers = shape.tokens * shape.head_size;
    attention_case a = {.shape = shape, .query_stride = shape.heads * shape.head_size + 5};
    a.keys = widened(random_halves(&g, numbers, 2), numbers);
    a.values = widened(random_halves(&g, numbers, 2), numbers);
    a.queries = random_floats(&g, shape.rows * a.query_stride, 2);
    lay_pages(&a);
    fill_expected(&a);
    // The first token that any row sees, on a multiple of sixteen; then cuts where there are tokens on both sides.
    const size_t position = shape.tokens - shape.rows;
    size_t bounds[MOST_PARTS + 1] = {0}, count = 1;
    if (shape.window > 0 && position + 1 > shape.window) bounds[0] = (position + 1 - shape.window) / 16 * 16;
    const size_t whole[] = {bounds[0], shape.tokens}, cuts[] = {16, 32, 160};
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        if (cuts[i] > bounds[0] && cuts[i] < shape.tokens) bounds[count++] = cuts[i];
    }
    bounds[count] = shape.tokens;
    attend(&a, false, whole, 1);
    attend(&a, true, whole, 1);
    attend(&a, false, bounds, count);
    attend(&a, true, bounds, count);
    leave_rooms();
}

void check_attention(void) {
    const size_t tokens[] = {1, 15, 16, 17, 130, 300}, row_counts[] = {1, 2, 3, 9, 40}, heads[] = {1, 3, 4, 5};
    const size_t windows[] = {0, 6, 150};
    const size_t pages[][2] = {{64, 16}, {16, 5}, {20, 24}, {128, 64}, {7, 8}, {32, 16}, {80, 32}};
    // Every page and head size with every length, and everything else in turns.
    size_t turn = 0;
    for (size_t t = 0; t < COUNT_OF(tokens); t++) {
        for (size_t p = 0; p < COUNT_OF(pages); p++) {
            for (size_t r = 0; r < COUNT_OF(row_counts); r++, turn++) {
                const size_t rows = row_counts[r] < tokens[t] ? row_counts[r] : tokens[t];
                if (r > 0 && rows == tokens[t] && row_counts[r - 1] >= rows) continue;
                check_shape((attention_shape){
                    .head_size = pages[p][0], .page_tokens = pages[p][1], .tokens = tokens[t], .rows = rows,
                    .heads = heads[turn % COUNT_OF(heads)], .window = windows[turn % COUNT_OF(windows)]});
            }
        }
    }
    check_shape((attention_shape){.head_size = 64, .page_tokens = 16, .tokens = 4000, .rows = 1, .heads = 3});
}
