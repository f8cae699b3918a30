#ifndef LORADECK_ACTIVATIONS_H
#define LORADECK_ACTIVATIONS_H

#include "check.h"
#include "packed.h"

/// Rows of activations in their quantised form.
typedef struct {
    size_t columns, blocks, factor_stride;
    const float *x;
    int8_t *values;
    float *factors;
} activations;

activations quantised(const float *x, size_t rows, size_t columns);

/// The numbers that a row's bytes and escapes stand for.
void decode_activations(const activations *a, size_t row, double *target);

#endif
