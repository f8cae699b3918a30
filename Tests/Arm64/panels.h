#ifndef LORADECK_PANELS_H
#define LORADECK_PANELS_H

#include "formats.h"
#include "packed.h"

/// A repacked matrix, and what its bytes stand for.
typedef struct {
    deck_packed packed;
    size_t panel_count;
    /// [rows × columns]
    double *weights;
    /// How much larger than a weight the numbers are from whose difference a kernel may compute it.
    double *offsets;
} panels;

/// Packs rows that stand as `bytes` in a model file, and compares the weights with decoded ones.
panels packed_panels(const block_format *f, const uint8_t *bytes, size_t rows, size_t columns);

void check_refusals(void);

#endif
