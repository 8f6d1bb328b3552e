/* The time of writing memory once, past the caches: out_t = value for t < count. */
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

__attribute__((visibility("default"))) void stream(int64_t count, double value, double *out)
{
    int64_t t = 0;
#ifdef __SSE2__
    while (t < count && ((uintptr_t)(out + t) & 15)) out[t++] = value;
    for (const __m128d pair = _mm_set1_pd(value); t + 2 <= count; t += 2) _mm_stream_pd(out + t, pair);
    _mm_sfence();
#endif
    for (; t < count; ++t) out[t] = value;
}
