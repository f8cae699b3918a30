#include <math.h>
#include <string.h>

#include "activations.h"
#include "panels.h"

/// Most activation rows of a product here.
#define MOST 33

/// One packed matrix, the activations it is multiplied with, and what the products are.
typedef struct {
    const block_format *format;
    panels panels;
    activations activations;
    size_t y_stride;
    /// What the target holds before; this and what follows is [MOST × y_stride].
    const float *before;
    /// Products of what the bytes of weights and activations stand for, and the sums of the terms' magnitudes.
    double *exact, *size;
    /// Products with the activations as they came, and how far quantisation may move them.
    double *original, *error;
} product_case;

/// Activations as a hidden state has them: outliers here and there, one at least in each row; a row of zeros; a row
/// with a single number.
static float *hidden_states(generator *g, size_t columns) {
    float *x = random_floats(g, MOST * columns, 1);
    for (size_t i = 0; i < MOST * columns; i++) {
        if (next_bits(g) % 256 == 0) x[i] *= 50;
    }
    for (size_t row = 0; row < MOST; row++) x[row * columns + row * 37 % columns] *= 60;
    memset(x + 4 * columns, 0, columns * sizeof *x);
    memset(x + 7 * columns, 0, columns * sizeof *x);
    x[7 * columns + columns - 1] = -3;
    return x;
}

static void fill_expected(const product_case *p) {
    const size_t columns = p->activations.columns, stride = p->activations.factor_stride;
    double *decoded = room(columns * sizeof *decoded);
    for (size_t vector = 0; vector < MOST; vector++) {
        const float *x = p->activations.x + vector * columns, *scales = p->activations.factors + vector * stride;
        decode_activations(&p->activations, vector, decoded);
        for (size_t row = 0; row < p->panels.packed.rows; row++) {
            const double *weights = p->panels.weights + row * columns, *offsets = p->panels.offsets + row * columns;
            double exact = 0, size = 0, error = 0, original = 0;
            for (size_t c = 0; c < columns; c++) {
                const double weight = weights[c];
                exact += weight * decoded[c];
                size += (fabs(weight) + offsets[c]) * fabs(decoded[c]);
                original += weight * x[c];
                error += fabs(weight) * scales[c / DECK_QUANT_BLOCK];
            }
            const size_t at = vector * p->y_stride + row;
            p->exact[at] = exact;
            p->size[at] = size;
            p->original[at] = original;
            // Half a step, and the rounding of a step's inverse.
            p->error[at] = 0.5001 * error;
        }
    }
}

static product_case make_case(generator *g, const block_format *f, size_t rows, size_t columns) {
    product_case p = {.format = f, .y_stride = rows + 5};
    p.panels = packed_panels(f, random_rows(g, f, rows, columns), rows, columns);
    p.activations = quantised(hidden_states(g, columns), MOST, columns);
    p.before = random_floats(g, MOST * p.y_stride, 1);
    double **numbers[] = {&p.exact, &p.size, &p.error, &p.original};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) *numbers[i] = room(MOST * p.y_stride * sizeof(double));
    fill_expected(&p);
    return p;
}

static void compute(
    const product_case *p, deck_instructions set, size_t vectors, bool accumulates, bool looks_ahead, float *y) {
    const deck_packed *packed = &p->panels.packed;
    const deck_range ranges[] = {{packed->panels, 64}, {packed->panels, 0}, {packed->panels, 4096}};
    const deck_ahead ahead = {
        .ranges = ranges, .count = COUNT_OF(ranges), .offset = 50 * vectors, .bytes = vectors % 4 == 3 ? 640 : 1 << 20};
    const size_t count = p->panels.panel_count, cut = vectors % (count + 1);
    memcpy(y, p->before, MOST * p->y_stride * sizeof *y);
    // In two parts, of which one may be empty.
    const size_t firsts[] = {cut, 0}, counts[] = {count - cut, cut};
    for (size_t part = 0; part < COUNT_OF(firsts); part++) {
        deck_packed_product(
            set, packed, firsts[part], counts[part], p->activations.values, p->activations.factors, vectors, y,
            p->y_stride, accumulates, looks_ahead ? &ahead : NULL);
    }
}

static void check_counts(const product_case *p, size_t vectors) {
    const bool accumulates = vectors % 2 == 0, looks_ahead = vectors % 4 >= 2;
    const size_t numbers = MOST * p->y_stride, rows = p->panels.packed.rows;
    static float y[MOST * 200], portable[MOST * 200];
    compute(p, DECK_PORTABLE, vectors, accumulates, looks_ahead, portable);
    for (int set = DECK_PORTABLE; set <= DECK_NEON_DOT; set++) {
        if (!deck_runs((deck_instructions)set)) continue;
        if (set == DECK_PORTABLE) memcpy(y, portable, numbers * sizeof *y);
        else compute(p, (deck_instructions)set, vectors, accumulates, looks_ahead, y);
        name_case(
            "%s product of %s, %zu rows of %zu columns, %zu vectors%s%s",
            set == DECK_NEON_DOT ? "NEON" : "portable", p->format->name, rows, p->activations.columns, vectors,
            accumulates ? ", added" : "", looks_ahead ? ", looking ahead" : "");
        // Behind the last vector too the target stays as it is.
        const size_t end = vectors < MOST ? vectors + 1 : MOST;
        for (size_t i = 0; i < end * p->y_stride; i++) {
            if (i / p->y_stride >= vectors || i % p->y_stride >= rows) {
                compare(i, y[i], p->before[i], 0);
                continue;
            }
            const double start = accumulates ? p->before[i] : 0, rounding = 1e-6 * (1 + p->size[i]);
            compare(i, y[i], start + p->exact[i], rounding);
            compare(i, y[i], start + p->original[i], p->error[i] + rounding);
            if (set != DECK_PORTABLE) compare(i, y[i], portable[i], rounding);
        }
    }
}

void check_products(void) {
    generator g = {2};
    const size_t row_counts[] = {1, 15, 16, 17, 33, 100}, widths[] = {32, 96, 224, 544, 1536, 256, 768, 1536};
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        const block_format *f = &formats[i];
        if (!f->is_packed) continue;
        const size_t first = f->values == 32 ? 0 : 5, end = f->values == 32 ? 5 : 8;
        for (size_t w = first; w < end; w++) {
            // Wide matrices differ from narrow ones in little but the time they take.
            const bool is_wide = widths[w] > 256;
            for (size_t r = 0; r < COUNT_OF(row_counts); r++) {
                if (is_wide && row_counts[r] > 33) continue;
                const product_case p = make_case(&g, f, row_counts[r], widths[w]);
                for (size_t vectors = 1; vectors <= MOST; vectors++) {
                    const bool is_usual = vectors <= (is_wide ? 7 : 17);
                    if (is_usual || vectors == 13 || vectors == MOST) check_counts(&p, vectors);
                }
                leave_rooms();
            }
        }
    }
    check_refusals();
}
