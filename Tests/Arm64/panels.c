#include "panels.h"

#include <math.h>
#include <string.h>

#include "kernels.h"

static double half_in(const uint8_t *p) {
    uint16_t bits;
    memcpy(&bits, p, sizeof bits);
    return half_value(bits);
}

/// Reads a weight of a panel as `deck_packed` describes it.
static void read_weight(const panels *p, size_t row, size_t column) {
    const deck_packed *w = &p->packed;
    const size_t splits = w->is_split ? 2 : 1, line = 2 * DECK_PANEL_ROWS, inside = column % 32, at = row % 16;
    const size_t factors = splits * (w->has_minimum ? 2 : 1) * line, quants = w->bits == 4 ? 256 : 512;
    const uint8_t *panel = w->panels + row / DECK_PANEL_ROWS * w->panel_bytes;
    const uint8_t *block = panel + column / 32 * (factors + quants);
    const size_t half = w->is_split ? inside / 16 : 0, group = w->bits == 4 ? inside % 16 / 4 : inside / 4;
    int quant = block[factors + 64 * group + 4 * at + inside % 4];
    if (w->bits == 4) quant = inside < 16 ? quant & 15 : quant >> 4;
    const double scale = half_in(block + half * line + 2 * at);
    const double minimum = w->has_minimum ? half_in(block + (splits + half) * line + 2 * at) : 0;
    p->weights[row * w->columns + column] = scale * (quant - w->zero) + minimum;
    p->offsets[row * w->columns + column] = fabs(scale) * (w->bits == 4 ? w->zero : 128) + 2 * fabs(minimum);
}

panels packed_panels(const block_format *f, const uint8_t *bytes, size_t rows, size_t columns) {
    const size_t row_bytes = row_bytes_of(f, columns), count = rows * columns;
    panels p = {.panel_count = (rows + DECK_PANEL_ROWS - 1) / DECK_PANEL_ROWS};
    name_case("deck_pack of %s, %zu rows of %zu columns", f->name, rows, columns);
    expect(deck_packed_shape(f->id, rows, columns, &p.packed), "the shape is refused");
    uint8_t *memory = room(p.panel_count * p.packed.panel_bytes);
    // In two parts, the later first: units of a team come in any order.
    const size_t cut = p.panel_count / 2;
    expect(deck_pack(f->id, &p.packed, bytes, row_bytes, cut, p.panel_count - cut, memory), "later panels are refused");
    expect(deck_pack(f->id, &p.packed, bytes, row_bytes, 0, cut, memory), "the first panels are refused");
    p.packed.panels = memory;
    p.weights = room(count * sizeof *p.weights);
    p.offsets = room(count * sizeof *p.offsets);
    float *decoded = room(count * sizeof *decoded);
    expect(deck_decode(f->id, bytes, count, decoded), "the type is not decoded");
    for (size_t i = 0; i < count; i++) {
        read_weight(&p, i / columns, i % columns);
        // K-quants' scales (and minimums) are rounded to half precision.
        const double bar = f->values == 32 ? 1e-6 : 5e-4, size = fabs(p.weights[i]) + p.offsets[i];
        compare(i, p.weights[i], decoded[i], bar * size + 1e-9);
    }
    return p;
}

void check_refusals(void) {
    deck_packed shape;
    name_case("what cannot be packed");
    expect(!deck_packed_shape(1, 16, 64, &shape), "deck_packed_shape takes f16");
    expect(!deck_packed_shape(12, 16, 128, &shape), "deck_packed_shape takes half a block of q4_K");
    // The largest half times a K-quant's small factor is no half any more.
    uint8_t *bytes = room(16 * 210);
    memset(bytes, 0x11, 16 * 210);
    for (size_t row = 0; row < 16; row++) memcpy(bytes + 210 * row + 208, (const uint8_t[]){0xff, 0x7b}, 2);
    expect(deck_packed_shape(14, 16, 256, &shape), "deck_packed_shape refuses q6_K");
    expect(!deck_pack(14, &shape, bytes, 210, 0, 1, room(shape.panel_bytes)), "deck_pack takes too large a scale");
    leave_rooms();
}
