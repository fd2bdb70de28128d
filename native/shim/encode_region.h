/* Between encode_region.c and its users in this folder. */
#ifndef ENCODE_REGION_H
#define ENCODE_REGION_H

#include "encode_shim.h"

#include <stddef.h>

/* Memory that starts on a page and reads as zeros, or NULL at the limit and without memory. Any thread. */
uint8_t *encode_region_take(size_t size);

/* Gives it back; the size is the one it was taken with. */
void encode_region_release(uint8_t *data, size_t size);

#endif
