#ifndef LORADECK_KERNELS_H
#define LORADECK_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Loops that Swift cannot reach: it compiles for the baseline instruction set and has no run-time dispatch. Every function
// here is portable C that the compiler clones for AVX-512, AVX2 and the baseline; the loader picks one per machine.
// What is written with instructions of its own is in packed.h and sha256.h.
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

/// LoRA's first product: t[v * t_stride + j] = scale * a[j] · x[v].
/// a: [row_count × width], rank rows without gaps. x: [vectors × width]. A few vectors share each pass over the rows: with more,
/// a caller whose rows fit in the nearest caches reads them from memory once.
void deck_shrink_f16(
    const uint16_t *a, size_t row_count, size_t width, const float *x, size_t x_stride, size_t vectors, float scale,
    float *t, size_t t_stride);
void deck_shrink_f32(
    const float *a, size_t row_count, size_t width, const float *x, size_t x_stride, size_t vectors, float scale,
    float *t, size_t t_stride);

/// LoRA's second product: y[v][c] += sum over j of t[v][j] * b[j][c].
/// b: [row_count × columns], rank rows of the transposed matrix, `b_stride` apart. y: [vectors × columns]. Passes are as
/// those of a shrink.
void deck_expand_f16(
    const uint16_t *b, size_t b_stride, size_t row_count, size_t columns, const float *t, size_t t_stride,
    size_t vectors, float *y, size_t y_stride);
void deck_expand_f32(
    const float *b, size_t b_stride, size_t row_count, size_t columns, const float *t, size_t t_stride, size_t vectors,
    float *y, size_t y_stride);

/// The same for machines without 32 registers of sixteen lanes, which the others choose by themselves.
void deck_shrink_f16_narrow(
    const uint16_t *a, size_t row_count, size_t width, const float *x, size_t x_stride, size_t vectors, float scale,
    float *t, size_t t_stride);
void deck_expand_f16_narrow(
    const uint16_t *b, size_t b_stride, size_t row_count, size_t columns, const float *t, size_t t_stride,
    size_t vectors, float *y, size_t y_stride);

/// Neighbouring rows of one sequence that attend to one key-value head: their queries, and where keys and values stand.
typedef struct {
    /// Pages of the pool, and which of them hold the sequence: entry i has tokens i * page_tokens and on.
    const void *base;
    size_t page_bytes;
    const int32_t *pages;
    size_t page_tokens;
    /// Bytes from a page's start to the head's keys, [head_size × page_tokens] (transposed, so that a lane is a token), and
    /// to its values, [page_tokens × head_size].
    size_t keys;
    size_t values;
    /// [rows × heads × head_size], rows `query_stride` apart; they are multiplied by `factor`.
    const float *queries;
    size_t query_stride;
    float factor;
    size_t rows;
    /// Heads of the group, which share keys and values
    size_t heads;
    size_t head_size;
    /// Position of the first row; a row sees the tokens up to its own.
    int32_t first_position;
    /// Tokens that a row looks back, itself included; 0 is unlimited.
    int32_t window;
} deck_attention;

/// Floats of a partial result: for each query the weighted values, then all queries' largest scores, then the sums of
/// their exponentials (the state of an online softmax, Milakov and Gimelshein).
#define DECK_ATTENTION_PART(queries, head_size) ((queries) * ((head_size) + 2))

/// Floats of the work space of `deck_attend_*`.
size_t deck_attention_floats(size_t queries, size_t head_size);

/// Attends to tokens first..<end, `first` a multiple of 16, and writes a partial result.
void deck_attend_f16(const deck_attention *state, size_t first, size_t end, float *work, float *part);
void deck_attend_f32(const deck_attention *state, size_t first, size_t end, float *work, float *part);

/// Joins partial results over neighbouring tokens (flash-decoding), one after the other in `parts`, to attention's result:
/// [rows × heads × head_size], rows `result_stride` apart.
void deck_attention_merge(
    const deck_attention *state, const float *parts, size_t part_count, float *result, size_t result_stride);

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

/// Index of the largest value, the first of equals; -1 when one is NaN or the largest is not finite.
ptrdiff_t deck_largest(const float *x, size_t count);

/// The sum of exp((x - peak) * factor), where `peak` is the largest x; f32 terms, summed in double precision. Terms below
/// `floor`, and below exp(-80), count as 0. `target`, which may be `x` or null, receives the terms.
double deck_exponentials(const float *x, size_t count, float peak, float factor, float floor, float *target);

/// Asks memory for `bytes` bytes of each of `count` pieces, `stride` bytes apart, which will be read soon.
static inline void deck_ask_ahead(const void *start, size_t stride, size_t count, size_t bytes) {
    for (size_t i = 0; i < count; i++) {
        const char *piece = (const char *)start + i * stride;
        for (size_t at = 0; at < bytes; at += 64) __builtin_prefetch(piece + at, 0, 2);
        __builtin_prefetch(piece + bytes - 1, 0, 2);
    }
}

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
