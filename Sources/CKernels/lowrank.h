#ifndef LORADECK_LOWRANK_H
#define LORADECK_LOWRANK_H

#include "lanes.h"

// What the two LoRA products share: rank rows as they stand in pages.
//
// With one or two vectors a few rank rows pass together, so that what they share (x, or y) is loaded and stored once
// for all of them. So many rows at once are more streams than the processor prefetches by itself: each pass asks for
// the rows of the next one. With more vectors arithmetic is the limit, and tiles of rows by vectors stay in registers.
// With more vectors than a tile has, tiles pass one after the other over the same weights: callers give few enough of these
// that they stay in the nearest caches (a few rank rows of A, a few columns of B).

/// Asks for sixteen columns, and the sixteen after them, of each of the rank rows that the next pass of `rows` reads.
/// Behind the last rank row whatever follows is asked for: the next run, mostly.
INLINE void ask_for_rows(bool is_half, int rows, const void *values, size_t first, size_t width, size_t c) {
    const size_t bytes = is_half ? 2 : 4;
    UNROLL for (int j = 0; j < rows; j++) {
        const char *at = (const char *)values + ((first + (size_t)j) * width + c) * bytes;
        __builtin_prefetch(at, 0, 2);
        if (!is_half) __builtin_prefetch(at + 64, 0, 2);
    }
}

#endif
