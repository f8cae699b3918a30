#ifndef LORADECK_KERNELS_H
#define LORADECK_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Loops that Swift cannot reach: it compiles for the baseline instruction set and has no run-time dispatch. Every function
// here is portable C that the compiler clones for AVX-512, AVX2 and the baseline; the loader picks one per machine.
// Pointers need no more alignment than their element. Strides are in elements unless they say bytes.

#ifdef __cplusplus
extern "C" {
#endif

/// Most vectors that one call of `deck_product` takes.
#define DECK_PRODUCT_VECTORS 4

/// Decodes `values` numbers of ggml tensor type `type` to f32. `values` is a multiple of the type's block.
/// Returns false, and writes nothing, for a type that is not known.
bool deck_decode(uint32_t type, const void *source, size_t values, float *target);

/// target[v * target_stride + r] = row r · x[v], for weight rows that stay packed: each is read once for all vectors.
/// rows: [rows × columns] of tensor type `type`, `row_bytes` apart. x: [vectors × columns], vectors in 1...4.
/// `accumulate` adds to the target instead of replacing it. Returns false for a type that is not known.
bool deck_product(
    uint32_t type, const void *rows, size_t row_bytes, size_t row_count, size_t columns, const float *x,
    size_t x_stride, size_t vectors, float *target, size_t target_stride, bool accumulate);

/// target[v][c] += sum over j of weights[v][j] * rows[j][c]. rows: [row_count × width], f16 or f32, contiguous from
/// `rows`, `row_stride` apart; columns 0..<width are taken.
void deck_mix_f16(
    const uint16_t *rows, size_t row_stride, size_t row_count, size_t width, const float *weights,
    size_t weight_stride, size_t vectors, float *target, size_t target_stride);
void deck_mix_f32(
    const float *rows, size_t row_stride, size_t row_count, size_t width, const float *weights, size_t weight_stride,
    size_t vectors, float *target, size_t target_stride);

/// A block of queries that attend to the same keys, with the running state of an online softmax (Milakov and Gimelshein).
typedef struct {
    /// [count × head_size], scaled by 1/sqrt(head_size)
    const float *queries;
    /// [count]: position of each query's token
    const int32_t *positions;
    /// Tokens that a query looks back, itself included; 0 is unlimited.
    int32_t window;
    size_t count;
    size_t head_size;
    /// [count × page_tokens rounded up to 16], work space
    float *scores;
    /// [count × head_size], the weighted values so far; zero at the start
    float *sums;
    /// [count], largest score so far; -infinity at the start
    float *largest;
    /// [count], sum of exponentials so far; zero at the start
    float *total;
} deck_attention;

/// Adds the first `tokens` tokens of one page. keys: [head_size × page_tokens] (transposed, so that a lane is a token),
/// values: [page_tokens × head_size]. `first_position` is the page's first token's.
void deck_attend_f16(
    const deck_attention *state, const uint16_t *keys, const uint16_t *values, size_t page_tokens, size_t tokens,
    int32_t first_position);
void deck_attend_f32(
    const deck_attention *state, const float *keys, const float *values, size_t page_tokens, size_t tokens,
    int32_t first_position);

/// target = x / sqrt(mean(x²) + epsilon) * weight. May work in place.
void deck_rms_norm(const float *x, const float *weight, size_t count, float epsilon, float *target);

/// gate = silu(gate) * up
void deck_silu_multiply(float *gate, const float *up, size_t count);

/// Rotates pairs (i, i + half) of [heads × 2·half] by the angles whose cosines and sines are given ([half] each).
void deck_rotate_halves(float *x, size_t heads, size_t half, const float *cosines, const float *sines);

/// Rotates pairs (2i, 2i + 1) of [heads × 2·half].
void deck_rotate_interleaved(float *x, size_t heads, size_t half, const float *cosines, const float *sines);

/// Rounds x * factor to f16, `stride` elements apart. What does not fit becomes the largest f16.
void deck_store_f16(const float *x, size_t count, float factor, uint16_t *target, size_t stride);

/// Largest magnitude; 0 for none. NaN counts as nothing.
float deck_largest_magnitude(const float *x, size_t count);

/// The largest bit pattern without its sign; 0 for none.
uint16_t deck_largest_half(const uint16_t *x, size_t count);

/// Multiplies f16 numbers by a factor and rounds them to f16. May work in place.
void deck_scale_f16(const uint16_t *x, size_t count, float factor, uint16_t *target);

/// target[c * rows + r] = source[r * columns + c]: a [rows × columns] matrix becomes [columns × rows].
void deck_transpose_16(const uint16_t *source, size_t rows, size_t columns, uint16_t *target);
void deck_transpose_32(const uint32_t *source, size_t rows, size_t columns, uint32_t *target);

/// products[i * stride + j] = row (first + i) · row j of [… × width], for i in 0..<count and j in 0..<first + count.
void deck_row_products(
    const float *rows, size_t width, size_t first, size_t count, float *products, size_t stride);

/// Tells the processor that the caller waits in a loop.
static inline void deck_spin_hint(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

#ifdef __cplusplus
}
#endif
#endif
