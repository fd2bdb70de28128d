/* The C side of Encode.Media: the few things that managed code may not own. Every exported function is named encode_shim_*. */
#ifndef ENCODE_SHIM_H
#define ENCODE_SHIM_H

#define ENCODE_SHIM_EXPORT __attribute__((visibility("default")))

/* The FFmpeg release whose headers the shim was compiled with, as "7.1.5"; static, never freed. */
ENCODE_SHIM_EXPORT const char *encode_shim_version(void);

/* Sends libav's log, warnings and worse, into a ring of lines. May be called again. */
ENCODE_SHIM_EXPORT void encode_shim_log_install(void);

/* Takes the oldest line: copies at most `size` bytes without a final zero and returns how many, or -1 when there is none. */
ENCODE_SHIM_EXPORT int encode_shim_log_take(char *text, int size);

#endif
