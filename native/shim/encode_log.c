/* libav's log, kept for managed code. The callback runs on any thread of libav's and gets a C argument list, so it formats here and puts
 * the line into a ring; when the ring is full the line is dropped, because a log must never hold up a codec. A line that only repeats the
 * one before it is dropped too: a damaged file logs the same sentence thousands of times. */
/* setenv is POSIX, not C17. */
#define _POSIX_C_SOURCE 200809L
#include "encode_shim.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/log.h>

enum {
    LINES = 256,      /* lines kept until they are taken */
    LINE_BYTES = 512, /* bytes of a line with its final zero; the rest is cut */
};

static char ring[LINES][LINE_BYTES];
static int head;
static int count;
static char last[LINE_BYTES];
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void keep(const char *line)
{
    size_t length = strlen(line);
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r' || line[length - 1] == ' '))
        length--;
    pthread_mutex_lock(&gate);
    int repeats = strncmp(last, line, length) == 0 && last[length] == '\0';
    if (length > 0 && !repeats && count < LINES) {
        char *slot = ring[(head + count) % LINES];
        memcpy(slot, line, length);
        slot[length] = '\0';
        memcpy(last, slot, length + 1);
        count++;
    }
    pthread_mutex_unlock(&gate);
}

static void on_log(void *context, int level, const char *format, va_list arguments)
{
    char line[LINE_BYTES];
    int prefix = 1;
    if (level > AV_LOG_WARNING)
        return;
    if (av_log_format_line2(context, level, format, arguments, line, sizeof line, &prefix) > 0)
        keep(line);
}

void encode_shim_log_install(void)
{
    /* SVT-AV1 prints to stderr by itself, past libav; this leaves its errors. What the user set stays. */
    setenv("SVT_LOG", "1", 0);
    av_log_set_level(AV_LOG_WARNING);
    av_log_set_callback(on_log);
}

int encode_shim_log_take(char *text, int size)
{
    int length = -1;
    pthread_mutex_lock(&gate);
    if (count > 0 && size > 0) {
        length = (int)strlen(ring[head]);
        length = length < size ? length : size;
        memcpy(text, ring[head], (size_t)length);
        head = (head + 1) % LINES;
        count--;
    }
    pthread_mutex_unlock(&gate);
    return length;
}
