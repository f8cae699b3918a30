#include "mix.h"

#include "kernels.h"

CLONES void deck_mix_f16(
    const uint16_t *rows, size_t row_stride, size_t row_count, size_t width, const float *weights,
    size_t weight_stride, size_t vectors, float *target, size_t target_stride) {
    mix_all(true, rows, row_stride, row_count, width, weights, weight_stride, vectors, target, target_stride, NULL);
}

CLONES void deck_mix_f32(
    const float *rows, size_t row_stride, size_t row_count, size_t width, const float *weights, size_t weight_stride,
    size_t vectors, float *target, size_t target_stride) {
    mix_all(false, rows, row_stride, row_count, width, weights, weight_stride, vectors, target, target_stride, NULL);
}
