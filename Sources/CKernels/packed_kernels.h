#ifndef LORADECK_PACKED_KERNELS_H
#define LORADECK_PACKED_KERNELS_H

#include "packed_types.h"

/// One panel of sixteen weight rows.
typedef struct {
    const uint8_t *quants;
    /// f16 scales and minimums
    const uint8_t *halves;
    /// From one block to the next, of quants as of halves
    size_t block_bytes;
    size_t blocks;
    float zero;
    bool has_minimum;
} panel_view;

INLINE panel_view view_panel(const deck_packed *w, size_t panel) {
    const size_t blocks = w->columns / DECK_QUANT_BLOCK;
    const uint8_t *bytes = w->panels + panel * w->panel_bytes;
    return (panel_view){
        .quants = bytes + factor_bytes(w),
        .halves = bytes,
        .block_bytes = factor_bytes(w) + quant_bytes(w),
        .blocks = blocks,
        .zero = (float)w->zero,
        .has_minimum = w->has_minimum,
    };
}

/// A `deck_ahead` on its way.
typedef struct {
    const uint8_t *at;
    const uint8_t *end;
    const deck_range *next;
    size_t ranges;
    /// Bytes that are not asked for yet, behind `end`.
    size_t left;
    /// Lines of memory for each block of a tile.
    size_t lines;
} ahead_cursor;

INLINE void next_range(ahead_cursor *a) {
    const size_t taken = a->ranges == 0 ? 0 : a->next->bytes < a->left ? a->next->bytes : a->left;
    if (taken == 0) {
        a->lines = 0;
        return;
    }
    a->at = a->next->start;
    a->end = a->at + taken;
    a->left -= taken;
    a->next++;
    a->ranges--;
}

/// `blocks` times `look_ahead` will be called.
INLINE ahead_cursor start_ahead(const deck_ahead *ahead, size_t blocks) {
    ahead_cursor a = {0};
    if (!ahead || ahead->bytes == 0) return a;
    size_t skipped = ahead->offset;
    a.next = ahead->ranges;
    a.ranges = ahead->count;
    while (a.ranges > 0 && a.next->bytes <= skipped) {
        skipped -= a.next->bytes;
        a.next++;
        a.ranges--;
    }
    a.lines = (ahead->bytes / 64 + blocks - 1) / blocks;
    // The skipped bytes of the first range count as asked for.
    a.left = ahead->bytes + skipped;
    next_range(&a);
    if (a.lines > 0) a.at += skipped;
    return a;
}

INLINE void look_ahead(ahead_cursor *a) {
    for (size_t line = 0; line < a->lines; line++) {
        __builtin_prefetch(a->at, 0, 2);
        a->at += 64;
        if (a->at >= a->end) next_range(a);
    }
}

/// `deck_packed_product` of one instruction set.
typedef void deck_panel_product(
    const deck_packed *w, size_t first, size_t count, const int8_t *values, const float *factors, size_t vectors,
    float *y, size_t y_stride, bool accumulate, const deck_ahead *ahead);

deck_panel_product deck_panels_portable, deck_panels_avx2, deck_panels_avx512, deck_panels_neon;

/// Where the four columns of an escape stand in a panel: the quants, and for 4 bits how far to shift them.
typedef struct {
    const uint8_t *quants;
    int shift;
    size_t block;
    /// Which sixteen columns of the block
    int half;
} escaped_group;

INLINE escaped_group find_group(int bits, const panel_view *p, uint32_t group) {
    const size_t block = group / 8, inside = group % 8;
    return (escaped_group){
        .quants = p->quants + block * p->block_bytes + 64 * (bits == 4 ? inside % 4 : inside),
        .shift = bits == 4 && inside >= 4 ? 4 : 0,
        .block = block,
        .half = inside >= 4,
    };
}

#define TILE(BITS, SPLIT, N) \
    case N: tile(BITS, SPLIT, N, &p, v, f, cell, y_stride, kept, accumulate, &ahead_at); break;
#define TILES_TO_6(BITS, SPLIT) \
    TILE(BITS, SPLIT, 1) TILE(BITS, SPLIT, 2) TILE(BITS, SPLIT, 3) TILE(BITS, SPLIT, 4) TILE(BITS, SPLIT, 5) \
    TILE(BITS, SPLIT, 6)
#define TILES_TO_12(BITS, SPLIT) \
    TILES_TO_6(BITS, SPLIT) TILE(BITS, SPLIT, 7) TILE(BITS, SPLIT, 8) TILE(BITS, SPLIT, 9) TILE(BITS, SPLIT, 10) \
    TILE(BITS, SPLIT, 11) TILE(BITS, SPLIT, 12)

/// Defines the products of one instruction set from its `tile`. `TILES` has a case for each number of rows up to `MOST`;
/// blocks with two scales take up to six rows. Rows are cut into tiles of nearly equal size, because a tile of one row
/// wastes most of the unpacking; panels are outside, so that a panel stays in the first-level cache while all rows pass.
#define PANEL_PRODUCT(SET, TILES, MOST) \
    TARGET void deck_panels_##SET( \
        const deck_packed *w, size_t first, size_t count, const int8_t *values, const float *factors, size_t vectors, \
        float *y, size_t y_stride, bool accumulate, const deck_ahead *ahead) { \
        const size_t most = w->is_split ? 6 : MOST, tiles = (vectors + most - 1) / most; \
        const size_t factor_stride = deck_quant_factors(w->columns / DECK_QUANT_BLOCK); \
        ahead_cursor ahead_at = start_ahead(ahead, count * tiles * (w->columns / DECK_QUANT_BLOCK)); \
        for (size_t panel = first; panel < first + count; panel++) { \
            const panel_view p = view_panel(w, panel); \
            const size_t left = w->rows - panel * DECK_PANEL_ROWS; \
            const size_t kept = left < DECK_PANEL_ROWS ? left : DECK_PANEL_ROWS; \
            size_t row = 0; \
            for (size_t t = 0; t < tiles; t++) { \
                const size_t taken = (vectors - row) / (tiles - t); \
                const int8_t *v = values + row * w->columns; \
                const float *f = factors + row * factor_stride; \
                float *cell = y + panel * DECK_PANEL_ROWS + row * y_stride; \
                if (w->bits == 4 && w->is_split) { \
                    switch (taken) { TILES_TO_6(4, true) } \
                } else if (w->bits == 4) { \
                    switch (taken) { TILES(4, false) } \
                } else if (w->is_split) { \
                    switch (taken) { TILES_TO_6(8, true) } \
                } else { \
                    switch (taken) { TILES(8, false) } \
                } \
                row += taken; \
            } \
        } \
    }

#endif
