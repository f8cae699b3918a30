#ifndef LORADECK_PACKED_H
#define LORADECK_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Integer products of quantised weights, repacked once at load, with activations that are quantised as they are computed.
//
// Sixteen weight rows stand interleaved, so that one vector of bytes times four broadcast activations serves all sixteen
// (as in ggml's repacked q4_0 kernels and in oneDNN's VNNI layouts). A scale (and a minimum) per row and 32 or 16 columns
// is applied in f32; sums over one such block are exact integers.

#ifdef __cplusplus
extern "C" {
#endif

/// Weight rows of one panel.
#define DECK_PANEL_ROWS 16
/// Columns that share one activation scale.
#define DECK_QUANT_BLOCK 32
/// Escapes of a row of `blocks` blocks: numbers so much larger than the rest of their block that they would take its
/// precision. A few columns of a language model's hidden state always are (LLM.int8, Dettmers et al. 2022).
#define DECK_ESCAPES(blocks) (((blocks) + 15) / 16)
/// f32 numbers beside the quantised values of `blocks` blocks of one activation row.
static inline size_t deck_quant_factors(size_t blocks) { return 4 * blocks + 3 * DECK_ESCAPES(blocks); }

/// The part of one escaped number that does not fit in its own eight bits.
typedef struct {
    /// What one of `high` is worth; 0 for an escape that is not used.
    float factor;
    /// Column / 4: which four columns
    uint32_t group;
    /// Multiplier for the column; the other three are zero.
    int8_t high[4];
} deck_escape;

/// Instruction sets that the products are written for. Each machine runs some of them; all give the same sums up to f32
/// rounding.
typedef enum {
    DECK_PORTABLE = 0,
    DECK_AVX2 = 1,
    DECK_AVX512_VNNI = 2,
    DECK_NEON_DOT = 3,
} deck_instructions;

/// Whether this machine runs the given set.
bool deck_runs(deck_instructions set);

/// The fastest set that this machine runs.
deck_instructions deck_best_instructions(void);

/// A repacked matrix. Each panel of sixteen rows is `panel_bytes` long: block after block of 32 columns, so that a matrix is
/// one stream of memory. A block is sixteen f16 scales (twice when split), as many minimums where there are some, then
/// its quants.
///
/// Quants: 4 bits: four times 64 bytes, byte [4·row + k] of the i-th holds column 4i + k in its low half and
/// column 16 + 4i + k in its high half; 8 bits: eight times 64 bytes, byte [4·row + k] of the i-th holds column 4i + k.
/// A weight is scale · (quant - zero) + minimum.
typedef struct {
    const uint8_t *panels;
    size_t panel_bytes;
    size_t rows;
    /// A multiple of 32.
    size_t columns;
    /// 4 or 8
    uint8_t bits;
    uint8_t zero;
    bool has_minimum;
    /// Two scales (and minimums) a block, for sixteen columns each.
    bool is_split;
} deck_packed;

/// Describes how a matrix of ggml tensor type `type` is packed, without its memory. False for a type that is not, or for
/// columns that do not fill blocks.
bool deck_packed_shape(uint32_t type, size_t rows, size_t columns, deck_packed *shape);

/// Packs panels first...first + count - 1 of a matrix that stands in ggml's layout, `row_bytes` a row, into
/// `target` (where the first of all panels stands). Rows past the last are zero. False when a scale is no finite f16 of
/// full precision: such a matrix is better left as it is.
bool deck_pack(
    uint32_t type, const deck_packed *shape, const void *source, size_t row_bytes, size_t first, size_t count,
    uint8_t *target);

/// Quantises one row of activations to 8 bits by blocks of 32, whose largest numbers may be escapes. `columns` is a multiple
/// of 32.
/// values: [columns]. factors: first [blocks] scales, then [blocks] sums of what a block stands for, then [2 · blocks]
/// the same over sixteen columns, then the row's `deck_escape`s.
void deck_quantise(const float *x, size_t columns, int8_t *values, float *factors);

/// Neighbouring bytes that will be read soon.
typedef struct {
    const void *start;
    size_t bytes;
} deck_range;

/// What a product asks memory for while it computes: `bytes` bytes from `offset` on of ranges that stand one after the
/// other, as many as are left of `count`. Products with many activation rows keep the arithmetic busy and memory idle;
/// what the next loop reads, an adapter's weights above all, comes into the second-level cache meanwhile.
typedef struct {
    const deck_range *ranges;
    size_t count;
    size_t offset;
    size_t bytes;
} deck_ahead;

/// y[v][r] (+)= row r · x[v] for the rows of panels first...first + count - 1 and `vectors` quantised activation rows.
/// values: [vectors × columns], factors: [vectors × deck_quant_factors(columns / 32)], y: `y_stride` apart.
/// `ahead` may be null.
void deck_packed_product(
    deck_instructions set, const deck_packed *weights, size_t first, size_t count, const int8_t *values,
    const float *factors, size_t vectors, float *y, size_t y_stride, bool accumulate, const deck_ahead *ahead);

#ifdef __cplusplus
}
#endif
#endif
