/* The heap of a process that does one job after the other. Left to itself glibc returns a codec's memory when the codec closes and takes it
 * anew for the next one: ten thousand page faults for a second of 720p, an eighth of that job's processor time. And it gives each thread that
 * meets another an arena of its own, up to eight a processor, of which every one keeps what the stages of earlier jobs left in it.
 *
 * So there is one arena, and what is freed stays, up to a bound, for the next job. Threads of codecs allocate when they open, and hardly at
 * all while they run; one lock is enough for that. Small blocks come out of each thread's own cache in any case. */
#include "encode_shim.h"

#include <malloc.h>

enum {
    ARENAS = 1,
    MMAP_BYTES = 32 << 20, /* the most that glibc takes: every block below comes from the heap, where it finds pages that are in */
};

void encode_shim_heap_install(int64_t kept)
{
    mallopt(M_ARENA_MAX, ARENAS);
    mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
    /* Of what is free at the end of the heap; encode_shim_heap_trim sees to the holes. */
    mallopt(M_TRIM_THRESHOLD, kept < INT32_MAX ? (int)kept : INT32_MAX);
}

void encode_shim_heap_trim(int64_t kept)
{
    if (mallinfo2().fordblks > (size_t)kept)
        malloc_trim(0);
}
