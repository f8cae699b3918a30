#include <math.h>

#include "kernels.h"
#include "lanes.h"

CLONES ptrdiff_t deck_largest(const float *x, size_t count) {
    lanes top = (lanes){0} - INFINITY, v;
    int_lanes strange = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        load_f32(x + i, &v);
        strange |= v != v;
        const int_lanes larger = v > top;
        choose(&larger, &v, &top, &top);
    }
    float largest = largest_lane(&top);
    if (__builtin_reduce_or(strange)) return -1;
    for (; i < count; i++) {
        if (x[i] != x[i]) return -1;
        if (x[i] > largest) largest = x[i];
    }
    if (!(largest > -INFINITY && largest < INFINITY)) return -1;
    for (i = 0; i + LANES <= count; i += LANES) {
        load_f32(x + i, &v);
        if (__builtin_reduce_or(v == largest)) break;
    }
    while (x[i] != largest) i++;
    return (ptrdiff_t)i;
}

CLONES double deck_exponentials(const float *x, size_t count, float peak, float factor, float floor, float *target) {
    const lanes nothing = {0};
    double total = 0;
    size_t i = 0;
    while (i + LANES <= count) {
        // f32 sums of 1024 weights, added up in double precision.
        lanes sum = nothing, v;
        for (const size_t end = i + 64 * LANES; i < end && i + LANES <= count; i += LANES) {
            load_f32(x + i, &v);
            v = (v - peak) * factor;
            const int_lanes seen = v > -80.0f;
            exponential(&v, &v);
            const int_lanes kept = seen & (v >= floor);
            choose(&kept, &v, &nothing, &v);
            sum += v;
            if (target) store_f32(target + i, &v);
        }
        total += (double)sum_lanes(&sum);
    }
    for (; i < count; i++) {
        const float scaled = (x[i] - peak) * factor;
        float weight = scaled > -80.0f ? expf(scaled) : 0;
        if (!(weight >= floor)) weight = 0;
        total += (double)weight;
        if (target) target[i] = weight;
    }
    return total;
}
