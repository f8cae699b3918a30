#include <math.h>

#include "check.h"
#include "kernels.h"

// Half precision, and what sampling asks of a row of scores.

static void check_halves(generator *g, size_t count) {
    // From numbers smaller than any half to larger ones than the largest.
    float *x = room(count * sizeof *x);
    for (size_t i = 0; i < count; i++) x[i] = ldexpf(next_number(g, 1), (int)(next_bits(g) % 48) - 28);
    x[0] = 1e9f;
    if (count > 3) x[count - 1] = -1e9f;
    for (size_t stride = 1; stride <= 5; stride += 4) {
        uint16_t *target = room(count * stride * sizeof *target);
        deck_store_f16(x, count, 0.5f, target, stride);
        name_case("deck_store_f16 of %zu, stride %zu", count, stride);
        for (size_t i = 0; i < count * stride; i++) {
            // A room is filled with ones.
            compare(i, target[i], i % stride == 0 ? nearest_half(x[i / stride] * 0.5f) : 0xffff, 0);
        }
    }
    uint16_t *halves = random_halves(g, count, 100), *scaled = room(count * sizeof *scaled), most = 0;
    halves[count - 1] = nearest_half(1e-6);
    deck_scale_f16(halves, count, 0.37f, scaled);
    name_case("deck_scale_f16 of %zu", count);
    for (size_t i = 0; i < count; i++) {
        compare(i, scaled[i], nearest_half((float)half_value(halves[i]) * 0.37f), 0);
        const uint16_t magnitude = halves[i] & 0x7fff;
        most = magnitude > most ? magnitude : most;
    }
    name_case("deck_largest_half of %zu", count);
    compare(0, deck_largest_half(halves, count), most, 0);
    deck_scale_f16(halves, count, 0.37f, halves);
    name_case("deck_scale_f16 of %zu in place", count);
    for (size_t i = 0; i < count; i++) compare(i, halves[i], scaled[i], 0);
    leave_rooms();
}

static void check_largest(generator *g, size_t count) {
    float *x = random_floats(g, count, 50);
    for (size_t at = 0; at < count; at += 1 + count / 9) {
        const float kept = x[at];
        x[at] = -51;
        name_case("deck_largest_magnitude of %zu, largest at %zu", count, at);
        compare(at, deck_largest_magnitude(x, count), 51, 0);
        x[at] = 51;
        name_case("deck_largest of %zu, largest at %zu", count, at);
        compare(at, (double)deck_largest(x, count), (double)at, 0);
        const float last = x[count - 1];
        x[count - 1] = 51;
        name_case("deck_largest of %zu, the first of equals at %zu", count, at);
        compare(at, (double)deck_largest(x, count), (double)at, 0);
        x[count - 1] = last;
        name_case("deck_largest of %zu, strange at %zu", count, at);
        x[at] = INFINITY;
        compare(at, (double)deck_largest(x, count), -1, 0);
        x[at] = NAN;
        compare(at, (double)deck_largest(x, count), -1, 0);
        x[at] = kept;
        name_case("deck_largest_magnitude of %zu, NaN at %zu", count, at);
        double most = 0;
        for (size_t i = 0; i < count; i++) most = i == at ? most : fmax(most, fabsf(x[i]));
        x[at] = NAN;
        compare(at, deck_largest_magnitude(x, count), most, 0);
        x[at] = kept;
    }
    for (size_t i = 0; i < count; i++) x[i] = -INFINITY;
    name_case("deck_largest of %zu infinities", count);
    compare(0, (double)deck_largest(x, count), -1, 0);
    leave_rooms();
}

static void check_exponentials(generator *g, size_t count, float factor, float floor) {
    float *x = random_floats(g, count, 60), *target = room(count * sizeof *target);
    float peak = -INFINITY;
    for (size_t i = 0; i < count; i++) peak = fmaxf(peak, x[i]);
    const double total = deck_exponentials(x, count, peak, factor, floor, target);
    const double alone = deck_exponentials(x, count, peak, factor, floor, NULL);
    name_case("deck_exponentials of %zu, factor %g, floor %g", count, (double)factor, (double)floor);
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const float scaled = (x[i] - peak) * factor;
        double weight = scaled > -80 ? exp(scaled) : 0;
        // At the floor itself rounding decides.
        if (fabs(weight - floor) <= 2e-6 * weight) weight = target[i];
        else if (weight < floor) weight = 0;
        compare(i, target[i], weight, 1e-6 * weight);
        sum += weight;
    }
    compare(count, total, sum, 2e-6 * sum);
    compare(count, alone, total, 0);
    compare(count, deck_exponentials(x, count, peak, factor, floor, x), total, 0);
    for (size_t i = 0; i < count; i++) compare(i, x[i], target[i], 0);
    leave_rooms();
}

void check_numbers(void) {
    generator g = {9};
    const size_t counts[] = {1, 7, 15, 16, 17, 33, 100, 1024, 1041, 3000};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        check_halves(&g, counts[i]);
        check_largest(&g, counts[i]);
        check_exponentials(&g, counts[i], 1, 0);
        check_exponentials(&g, counts[i], 0.05f, 0.02f);
        check_exponentials(&g, counts[i], 3, 1e-30f);
    }
    name_case("an empty row");
    compare(0, deck_largest_magnitude(NULL, 0), 0, 0);
    compare(0, deck_largest_half(NULL, 0), 0, 0);
}
