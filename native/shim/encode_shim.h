/* The C side of Encode.Media: the few things that managed code may not own. Every exported function is named encode_shim_*. */
#ifndef ENCODE_SHIM_H
#define ENCODE_SHIM_H

#include <stdint.h>

struct AVCodecContext;
struct AVFrame;

#define ENCODE_SHIM_EXPORT __attribute__((visibility("default")))

/* The FFmpeg release whose headers the shim was compiled with, as "7.1.5"; static, never freed. */
ENCODE_SHIM_EXPORT const char *encode_shim_version(void);

/* Sends libav's log, warnings and worse, into a ring of lines. May be called again. */
ENCODE_SHIM_EXPORT void encode_shim_log_install(void);

/* Takes the oldest line: copies at most `size` bytes without a final zero and returns how many, or -1 when there is none. */
ENCODE_SHIM_EXPORT int encode_shim_log_take(char *text, int size);

/* Makes the heap keep at most so many free bytes for the next job; see encode_heap.c. For one job after the other, before codecs open. */
ENCODE_SHIM_EXPORT void encode_shim_heap_install(int64_t kept);

/* Between two jobs: gives all free memory of the heap back when it is more than that. */
ENCODE_SHIM_EXPORT void encode_shim_heap_trim(int64_t kept);

/* Pictures of one decoder or scaler; see encode_pool.c. */
typedef struct EncodePool EncodePool;

/* Memory of all pools of the process, in bytes; `kept` is held for the next job and not in `bytes`. `regions` counts pictures, `refused`
 * those that the limit did not allow. */
typedef struct EncodePoolCounts {
    int64_t limit, bytes, peak, kept, regions, refused;
} EncodePoolCounts;

/* An empty pool, or NULL without memory. Its pictures may outlive it. */
ENCODE_SHIM_EXPORT EncodePool *encode_shim_pool_new(void);
ENCODE_SHIM_EXPORT void encode_shim_pool_free(EncodePool *pool);

/* Lets a decoder that is not open yet take its pictures from a pool, which must outlive it. Takes the context's `opaque`. */
ENCODE_SHIM_EXPORT void encode_shim_pool_attach(EncodePool *pool, struct AVCodecContext *context);

/* Gives a frame whose width, height and format are set a picture. Returns a libav code: ENOMEM at the limit. Any thread. */
ENCODE_SHIM_EXPORT int encode_shim_pool_get(EncodePool *pool, struct AVFrame *frame);

/* Whether this pool could ever not give a picture, for the limit or for want of memory. Decoders do not all tell. Any thread. */
ENCODE_SHIM_EXPORT int encode_shim_pool_refused(EncodePool *pool);

/* The most bytes that all pools of the process may hold; none until it is set. */
ENCODE_SHIM_EXPORT void encode_shim_pool_limit(int64_t most);
ENCODE_SHIM_EXPORT void encode_shim_pool_counts(EncodePoolCounts *counts);
ENCODE_SHIM_EXPORT void encode_shim_pool_restart_peak(void);

/* Gives what is kept for the next job back to the kernel. */
ENCODE_SHIM_EXPORT void encode_shim_pool_trim(void);

#endif
