#include <math.h>

#include "kernels.h"
#include "lanes.h"

CLONES void deck_rms_norm(const float *x, const float *weight, size_t count, float epsilon, float *target) {
    lanes sums = {0}, v, w;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        load_f32(x + i, &v);
        sums += v * v;
    }
    float sum = sum_lanes(&sums);
    for (size_t j = i; j < count; j++) sum += x[j] * x[j];
    const float factor = 1.0f / sqrtf(sum / (float)count + epsilon);
    for (i = 0; i + LANES <= count; i += LANES) {
        load_f32(x + i, &v);
        load_f32(weight + i, &w);
        v = v * factor * w;
        store_f32(target + i, &v);
    }
    for (; i < count; i++) target[i] = x[i] * factor * weight[i];
}

CLONES void deck_silu_multiply(float *gate, const float *up, size_t count) {
    size_t i = 0;
    lanes g, u, e;
    for (; i + LANES <= count; i += LANES) {
        load_f32(gate + i, &g);
        load_f32(up + i, &u);
        e = -g;
        exponential(&e, &e);
        g = g / (e + 1.0f) * u;
        store_f32(gate + i, &g);
    }
    for (; i < count; i++) gate[i] = gate[i] / (1.0f + expf(-gate[i])) * up[i];
}

CLONES void deck_rotate_halves(float *x, size_t heads, size_t half, const float *cosines, const float *sines) {
    for (size_t head = 0; head < heads; head++, x += 2 * half) {
        for (size_t i = 0; i < half; i++) {
            const float a = x[i], b = x[i + half];
            x[i] = a * cosines[i] - b * sines[i];
            x[i + half] = b * cosines[i] + a * sines[i];
        }
    }
}

CLONES void deck_rotate_interleaved(float *x, size_t heads, size_t half, const float *cosines, const float *sines) {
    for (size_t head = 0; head < heads; head++, x += 2 * half) {
        for (size_t i = 0; i < half; i++) {
            const float a = x[2 * i], b = x[2 * i + 1];
            x[2 * i] = a * cosines[i] - b * sines[i];
            x[2 * i + 1] = b * cosines[i] + a * sines[i];
        }
    }
}

CLONES void deck_store_f16(const float *x, size_t count, float factor, uint16_t *target, size_t stride) {
    const float most = 65504.0f;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        lanes v;
        load_f32(x + i, &v);
        v *= factor;
        const lanes limit = (lanes){0} + most, negative = -limit;
        const int_lanes above = v > limit, below = v < negative;
        choose(&above, &limit, &v, &v);
        choose(&below, &negative, &v, &v);
        const short_lanes bits = (short_lanes)__builtin_convertvector(v, half_lanes);
        if (stride == 1) {
            memcpy(target + i, &bits, sizeof bits);
        } else {
            UNROLL for (int lane = 0; lane < LANES; lane++) target[(i + (size_t)lane) * stride] = bits[lane];
        }
    }
    for (; i < count; i++) {
        float v = x[i] * factor;
        v = v > most ? most : v < -most ? -most : v;
        const _Float16 h = (_Float16)v;
        memcpy(target + i * stride, &h, 2);
    }
}

CLONES float deck_largest_magnitude(const float *x, size_t count) {
    float largest = 0;
    for (size_t i = 0; i < count; i++) {
        const float magnitude = fabsf(x[i]);
        largest = magnitude > largest ? magnitude : largest;
    }
    return largest;
}
