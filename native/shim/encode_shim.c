#include "encode_shim.h"

#include <libavutil/ffversion.h>

const char *encode_shim_version(void)
{
    return FFMPEG_VERSION;
}
