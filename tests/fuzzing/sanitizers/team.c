/* What GCC's OpenMP calls need, on POSIX threads that ThreadSanitizer sees.

libgomp synchronises by futexes of its own, which ThreadSanitizer does not see: each region would be
a report.  Here a team is made and joined for each region, and that alone orders what threads do.
Compiled without the sanitizer: shares of a loop are dealt out by atomics that order nothing. */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct {
    void (*work)(void *);
    void *data;
    int count;
    long next, end, step, chunk;
    int asked;
    bool started;
    pthread_barrier_t barrier;
} team;

typedef struct {
    team *team;
    int number;
} member;

static _Thread_local member self;

int omp_get_thread_num(void) { return self.number; }
int omp_get_num_threads(void) { return self.team ? self.team->count : 1; }
int omp_get_max_threads(void) { return 2; }

static void *begin(void *given)
{
    self = *(member *)given;
    self.team->work(self.team->data);
    return 0;
}

static void run(team *t)
{
    const member before = self;
    member members[64];
    pthread_t threads[64];
    t->count = t->count < 1 ? 2 : t->count > 64 ? 64 : t->count;
    pthread_barrier_init(&t->barrier, 0, (unsigned)t->count);
    for (int i = 0; i < t->count; i++)
        members[i] = (member){t, i};
    for (int i = 1; i < t->count; i++)
        if (pthread_create(&threads[i], 0, begin, &members[i]))
            abort();
    begin(&members[0]);
    for (int i = 1; i < t->count; i++)
        pthread_join(threads[i], 0);
    pthread_barrier_destroy(&t->barrier);
    self = before;
}

void GOMP_parallel(void (*work)(void *), void *data, unsigned count, unsigned flags)
{
    (void)flags;
    team t = {.work = work, .data = data, .count = (int)count};
    run(&t);
}

void GOMP_barrier(void)
{
    if (self.team)
        pthread_barrier_wait(&self.team->barrier);
}

bool GOMP_loop_nonmonotonic_dynamic_next(long *first, long *last)
{
    team *t = self.team;
    if (!t) /* outside of a region: `start` gave all of it */
        return false;
    *first = __atomic_fetch_add(&t->next, t->chunk * t->step, __ATOMIC_RELAXED);
    *last = *first + t->chunk * t->step < t->end ? *first + t->chunk * t->step : t->end;
    return *first < t->end;
}

/* One loop in a region, counting upwards: more is not used. */
bool GOMP_loop_nonmonotonic_dynamic_start(long start, long end, long step, long chunk, long *first,
                                          long *last)
{
    team *t = self.team;
    *first = start;
    *last = end;
    if (!t)
        return start < end;
    if (!__atomic_fetch_add(&t->asked, 1, __ATOMIC_RELAXED)) {
        t->next = start, t->end = end, t->step = step, t->chunk = chunk;
        __atomic_store_n(&t->started, true, __ATOMIC_RELEASE);
    }
    while (!__atomic_load_n(&t->started, __ATOMIC_ACQUIRE))
        ;
    return GOMP_loop_nonmonotonic_dynamic_next(first, last);
}

void GOMP_parallel_loop_nonmonotonic_dynamic(void (*work)(void *), void *data, unsigned count,
                                             long start, long end, long step, long chunk,
                                             unsigned flags)
{
    (void)flags;
    team t = {.work = work, .data = data, .count = (int)count, .next = start, .end = end,
              .step = step, .chunk = chunk};
    run(&t);
}

void GOMP_loop_end(void) { GOMP_barrier(); }
void GOMP_loop_end_nowait(void) { }
