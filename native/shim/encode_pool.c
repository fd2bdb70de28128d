/* Pictures of decoders and scalers.
 *
 *     decoder's threads ──get_buffer2──► pool ──av_buffer_pool──► region (encode_region.c)
 *     scaler ────────────────pool_get──►  one layout at a time     one for all planes of a picture
 *
 * A pool belongs to one decoder or scaler and holds pictures of one size and format; when those change it starts anew, and the old regions
 * go as their last references do. So a pool may be freed while pictures of it are still on their way through queues and encoders.
 * Nothing here waits for a picture to come back: at the cap an allocation fails at once, since a frame thread that waited could hold the
 * very picture it waits for. */
#include "encode_region.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/buffer.h>
#include <libavutil/cpu.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>

enum {
    PLANES = 4,
    PLANE_SLACK = 16 + 63, /* what libavcodec's own pool leaves after a plane: SIMD code reads and writes past the end */
    PLANE_ALIGN = 64,      /* the widest vectors that libavcodec is built for */
};

struct layout {
    int linesize[PLANES];
    size_t offset[PLANES];
    int planes;
    size_t size;
};

struct EncodePool {
    pthread_mutex_t gate; /* frame threads come all at once */
    int format, width, height;
    struct layout layout;
    AVBufferPool *regions;
    atomic_int refused; /* a picture could not be had */
};

static void release_region(void *opaque, uint8_t *data)
{
    encode_region_release(data, (size_t)(uintptr_t)opaque);
}

static AVBufferRef *allocate_region(void *opaque, size_t size)
{
    (void)opaque;
    uint8_t *data = encode_region_take(size);
    AVBufferRef *region = data ? av_buffer_create(data, size, release_region, (void *)(uintptr_t)size, 0) : NULL;
    if (data && !region)
        encode_region_release(data, size);
    return region;
}

static int place_planes(struct layout *layout, enum AVPixelFormat format, int height)
{
    ptrdiff_t linesize[PLANES];
    size_t size[PLANES];
    for (int i = 0; i < PLANES; i++)
        linesize[i] = layout->linesize[i];
    int code = av_image_fill_plane_sizes(size, format, height, linesize);
    if (code < 0)
        return code;
    layout->size = 0;
    for (layout->planes = 0; layout->planes < PLANES && size[layout->planes]; layout->planes++) {
        if (size[layout->planes] > INT_MAX - PLANE_SLACK)
            return AVERROR(EINVAL);
        layout->offset[layout->planes] = layout->size;
        layout->size += (size[layout->planes] + PLANE_SLACK + PLANE_ALIGN - 1) & ~(size_t)(PLANE_ALIGN - 1);
    }
    return layout->planes > 0 ? 0 : AVERROR(EINVAL);
}

/* The rules of avcodec_default_get_buffer2: sides as the codec wants them, and lines widened together until each is aligned. */
static int lay_out_for_decoder(struct layout *layout, AVCodecContext *context, const AVFrame *frame)
{
    int width = frame->width, height = frame->height, unaligned, align[AV_NUM_DATA_POINTERS];
    avcodec_align_dimensions2(context, &width, &height, align);
    do {
        int code = av_image_fill_linesizes(layout->linesize, frame->format, width);
        if (code < 0)
            return code;
        width += width & ~(width - 1);
        unaligned = 0;
        for (int i = 0; i < PLANES; i++)
            unaligned |= layout->linesize[i] % align[i];
    } while (unaligned);
    return place_planes(layout, frame->format, height);
}

/* The rules of libavfilter's pools. */
static int lay_out(struct layout *layout, const AVFrame *frame)
{
    int align = (int)av_cpu_max_align();
    int code = av_image_fill_linesizes(layout->linesize, frame->format, FFALIGN(frame->width, align));
    if (code < 0)
        return code;
    for (int i = 0; i < PLANES; i++)
        layout->linesize[i] = FFALIGN(layout->linesize[i], align);
    return place_planes(layout, frame->format, frame->height);
}

/* Takes a picture out with the pool locked, so that nobody changes its layout meanwhile. */
static int take(EncodePool *pool, AVCodecContext *decoder, AVFrame *frame)
{
    if (!pool->regions || pool->format != frame->format || pool->width != frame->width || pool->height != frame->height) {
        struct layout layout = {0};
        int code = decoder ? lay_out_for_decoder(&layout, decoder, frame) : lay_out(&layout, frame);
        if (code < 0)
            return code;
        av_buffer_pool_uninit(&pool->regions);
        pool->regions = av_buffer_pool_init2(layout.size, NULL, allocate_region, NULL);
        pool->layout = layout;
        pool->format = frame->format;
        pool->width = frame->width;
        pool->height = frame->height;
    }
    frame->buf[0] = pool->regions ? av_buffer_pool_get(pool->regions) : NULL;
    if (!frame->buf[0]) {
        atomic_store(&pool->refused, 1);
        return AVERROR(ENOMEM);
    }
    memset(frame->data, 0, sizeof frame->data);
    memset(frame->linesize, 0, sizeof frame->linesize);
    for (int i = 0; i < pool->layout.planes; i++) {
        frame->data[i] = frame->buf[0]->data + pool->layout.offset[i];
        frame->linesize[i] = pool->layout.linesize[i];
    }
    frame->extended_data = frame->data;
    return 0;
}

static int locked_take(EncodePool *pool, AVCodecContext *decoder, AVFrame *frame)
{
    pthread_mutex_lock(&pool->gate);
    int code = take(pool, decoder, frame);
    pthread_mutex_unlock(&pool->gate);
    return code;
}

EncodePool *encode_shim_pool_new(void)
{
    EncodePool *pool = av_mallocz(sizeof *pool);
    if (pool && pthread_mutex_init(&pool->gate, NULL)) {
        av_free(pool);
        return NULL;
    }
    return pool;
}

void encode_shim_pool_free(EncodePool *pool)
{
    if (!pool)
        return;
    av_buffer_pool_uninit(&pool->regions);
    pthread_mutex_destroy(&pool->gate);
    av_free(pool);
}

int encode_shim_pool_get(EncodePool *pool, AVFrame *frame)
{
    return locked_take(pool, NULL, frame);
}

int encode_shim_pool_refused(EncodePool *pool)
{
    return atomic_load(&pool->refused);
}

static int get_buffer2(AVCodecContext *context, AVFrame *frame, int flags)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    int is_ours = context->codec_type == AVMEDIA_TYPE_VIDEO && (context->codec->capabilities & AV_CODEC_CAP_DR1) && !context->hw_frames_ctx
        && format && !(format->flags & AV_PIX_FMT_FLAG_HWACCEL);
    return is_ours ? locked_take(context->opaque, context, frame) : avcodec_default_get_buffer2(context, frame, flags);
}

void encode_shim_pool_attach(EncodePool *pool, AVCodecContext *context)
{
    context->opaque = pool;
    context->get_buffer2 = get_buffer2;
}
