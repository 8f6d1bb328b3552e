/* Several threads, each with a handle of its own, find what one finds. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "spectral_coarsening.h"

enum { THREADS = 4, TURNS = 200 };

static const double numbers[] = {1, 2, 3, 4, 5, 6, 7, 8};
static const int32_t i[] = {2, 0, 1, 0}, j[] = {1, 0, 1, 1}, start[] = {0, 1, 2, 3}, l[] = {0, 1, 2};

static void *energies(void *sum)
{
    spectral_coarsening_data data;
    memset(&data, 0, sizeof data);
    data.k = data.m = 2;
    data.n = 3;
    data.B.values = data.X.values = data.Y = data.L.values = numbers;
    data.G = (spectral_coarsening_sparse){4, i, j, NULL, NULL};
    data.L = (spectral_coarsening_sparse){3, NULL, l, start, numbers};
    spectral_coarsening *handle;
    int code = spectral_coarsening_create(&data, &handle);
    for (int turn = 0; !code && turn < TURNS; turn++) {
        double g[] = {turn, 1, -turn, 0.5}, energy = 0;
        code = spectral_coarsening_energy(handle, g, &energy);
        *(double *)sum += energy;
    }
    spectral_coarsening_destroy(handle);
    return code ? sum : NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    double sums[THREADS] = {0}, alone = 0;
    void *failed = energies(&alone);
    for (int t = 0; t < THREADS; t++)
        pthread_create(&threads[t], NULL, energies, &sums[t]);
    for (int t = 0; t < THREADS; t++) {
        pthread_join(threads[t], &failed);
        if (failed || sums[t] != alone)
            return 1;
    }
    return !(alone > 0);
}
