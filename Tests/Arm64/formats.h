#ifndef LORADECK_FORMATS_H
#define LORADECK_FORMATS_H

#include "check.h"

/// A weight format of model files.
typedef struct {
    const char *name;
    uint32_t id;
    /// Values and bytes of a block
    size_t values, bytes;
    /// Where a block keeps its f16 scales; none (and a second that equals the first) where there are not two.
    int halves[2];
    /// Has integer products.
    bool is_packed;
} block_format;

#define FORMAT_COUNT 13
extern const block_format formats[FORMAT_COUNT];

static inline size_t row_bytes_of(const block_format *f, size_t columns) { return columns / f->values * f->bytes; }

/// Rows of random blocks whose scales are finite, and far enough from zero for their products to be full halves.
uint8_t *random_rows(generator *g, const block_format *f, size_t rows, size_t columns);

#endif
