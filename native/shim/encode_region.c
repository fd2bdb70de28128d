/* Regions: the memory that pictures lie in. Mapped from the kernel, counted against the cap of the process, and a bounded number kept from
 * one job to the next, because a page that is mapped anew costs a fault (small ones cost 0.8 ms for 2 MiB).
 *
 * From 2 MiB up a region is aligned and asks for large pages: at 4K six in place of three thousand. What does not fill a large page gets
 * small ones, so nothing is rounded up. Large pages are four times cheaper to map than small ones, except where a hypervisor takes freed
 * ones away from its guest and must find them again, which takes milliseconds each. Time is what tells the two apart, so each large page is
 * touched when it is mapped, and after a few dear ones the process asks for no more.
 * A region reads as zeros whoever had it before: a damaged stream must not show a picture of somebody else's job. */
/* MAP_ANONYMOUS, madvise and the thread's clock are not C17. */
#define _GNU_SOURCE
#include "encode_region.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum {
    PAGE = 4096,
    LARGE_PAGE = 2 << 20,
    DEAR_NANOSECONDS = 1000 * 1000, /* a large page takes 0.2 ms to clear, small ones of the same size 0.8 ms */
    MAX_DEAR = 4,
    MAX_KEPT = 64,               /* regions kept between jobs */
    MAX_KEPT_BYTES = 160 << 20, /* a 4K decoder and its queues hold 150 MB */
};

static atomic_llong limit = INT64_MAX;
static atomic_llong bytes;
static atomic_llong peak;
static atomic_llong regions;
static atomic_llong refused;
static atomic_int dear;

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct {
    uint8_t *data;
    size_t size;
} kept[MAX_KEPT]; /* the oldest first */
static int kept_count;
static size_t kept_bytes;

static int reserve(int64_t size)
{
    int64_t now = atomic_fetch_add(&bytes, size) + size;
    if (now > atomic_load(&limit)) {
        atomic_fetch_sub(&bytes, size);
        atomic_fetch_add(&refused, 1);
        return 0;
    }
    long long before = atomic_load(&peak);
    while (now > before && !atomic_compare_exchange_weak(&peak, &before, now)) { }
    atomic_fetch_add(&regions, 1);
    return 1;
}

static void forget(int i)
{
    kept_bytes -= kept[i].size;
    kept_count--;
    memmove(&kept[i], &kept[i + 1], (size_t)(kept_count - i) * sizeof kept[0]);
}

/* Unmaps the oldest of the kept until so many bytes are gone or none is left. */
static void drop(size_t size)
{
    for (size_t dropped = 0; kept_count > 0 && dropped < size;) {
        dropped += kept[0].size;
        munmap(kept[0].data, kept[0].size);
        forget(0);
    }
}

/* Takes one of the same size, the last that came, or makes room for a new one, so that the kept ones never add to a job's memory. */
static uint8_t *take_kept(size_t size)
{
    uint8_t *data = NULL;
    pthread_mutex_lock(&gate);
    for (int i = kept_count - 1; i >= 0 && !data; i--) {
        if (kept[i].size == size) {
            data = kept[i].data;
            forget(i);
        }
    }
    if (!data)
        drop(size);
    pthread_mutex_unlock(&gate);
    return data;
}

static void keep(uint8_t *data, size_t size)
{
    pthread_mutex_lock(&gate);
    int fits = size <= MAX_KEPT_BYTES;
    if (fits) {
        if (kept_bytes + size > MAX_KEPT_BYTES)
            drop(kept_bytes + size - MAX_KEPT_BYTES);
        if (kept_count == MAX_KEPT)
            drop(1);
        kept[kept_count].data = data;
        kept[kept_count++].size = size;
        kept_bytes += size;
    }
    pthread_mutex_unlock(&gate);
    if (!fits)
        munmap(data, size);
}

static int64_t thread_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void ask_for_large_pages(uint8_t *data, size_t size)
{
    /* Where the kernel refuses, the pages are small, and that is all. */
    if (atomic_load(&dear) >= MAX_DEAR || madvise(data, size, MADV_HUGEPAGE) != 0)
        return;
    for (size_t at = 0; at + LARGE_PAGE <= size; at += LARGE_PAGE) {
        int64_t began = thread_nanoseconds();
        *(volatile uint8_t *)(data + at) = 0;
        if (thread_nanoseconds() - began > DEAR_NANOSECONDS && atomic_fetch_add(&dear, 1) + 1 >= MAX_DEAR) {
            madvise(data, size, MADV_NOHUGEPAGE);
            return;
        }
    }
}

/* Maps more than is needed and cuts it, because only what is aligned can have large pages. */
static uint8_t *map_new(size_t size)
{
    size_t align = size >= LARGE_PAGE ? LARGE_PAGE : PAGE;
    size_t mapped = size + align - PAGE;
    uint8_t *start = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    uint8_t *data = (uint8_t *)(((uintptr_t)start + align - 1) & ~(uintptr_t)(align - 1));
    if (data > start)
        munmap(start, (size_t)(data - start));
    if (start + mapped > data + size)
        munmap(data + size, (size_t)(start + mapped - (data + size)));
    if (align == LARGE_PAGE)
        ask_for_large_pages(data, size);
    return data;
}

static size_t whole_pages(size_t size)
{
    return (size + PAGE - 1) & ~(size_t)(PAGE - 1);
}

uint8_t *encode_region_take(size_t size)
{
    size = whole_pages(size);
    if (!reserve((int64_t)size))
        return NULL;
    uint8_t *data = take_kept(size);
    if (data)
        return memset(data, 0, size);
    data = map_new(size);
    if (!data) {
        atomic_fetch_sub(&bytes, (int64_t)size);
        atomic_fetch_sub(&regions, 1);
    }
    return data;
}

void encode_region_release(uint8_t *data, size_t size)
{
    size = whole_pages(size);
    keep(data, size);
    atomic_fetch_sub(&bytes, (int64_t)size);
    atomic_fetch_sub(&regions, 1);
}

void encode_shim_pool_limit(int64_t most)
{
    atomic_store(&limit, most);
}

void encode_shim_pool_counts(EncodePoolCounts *counts)
{
    counts->limit = atomic_load(&limit);
    counts->bytes = atomic_load(&bytes);
    counts->peak = atomic_load(&peak);
    counts->regions = atomic_load(&regions);
    counts->refused = atomic_load(&refused);
    pthread_mutex_lock(&gate);
    counts->kept = (int64_t)kept_bytes;
    pthread_mutex_unlock(&gate);
}

void encode_shim_pool_restart_peak(void)
{
    atomic_store(&peak, atomic_load(&bytes));
}

void encode_shim_pool_trim(void)
{
    pthread_mutex_lock(&gate);
    drop(SIZE_MAX);
    pthread_mutex_unlock(&gate);
}
