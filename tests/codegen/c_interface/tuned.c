/* E = |A g - c|^2 / mu + sqrt(nu) |g|^2 of one number each, at other scalars. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tuned.h"

static const double g[] = {2};

static void tell(tuned *handle, int code)
{
    char detail[256];
    double energy = 0;
    strcpy(detail, tuned_detail(handle));
    if (!code)
        code = tuned_energy(handle, g, &energy);
    printf("%d %g %s\n", code, energy, detail);
}

int main(void)
{
    const int32_t zero[] = {0};
    const double two = 2, four = 4;
    tuned_data data;
    memset(&data, 0, sizeof data);
    data.m = data.n = 1;
    data.A.values = &two;
    data.C.values = g; /* 2 * 2 - 2 = 2 */
    data.G.count = 1;
    data.G.i = data.G.j = zero;
    data.mu = 2;
    data.nu = 1;
    tuned *handle;
    const int code = tuned_create(&data, &handle);
    tell(handle, code);
    tell(handle, tuned_set_mu(handle, 4.0 / 3));
    tell(handle, tuned_set_mu(handle, NAN));
    tell(handle, tuned_set_mu(handle, 0));
    tell(handle, tuned_set_nu(handle, -1));
    tell(handle, 0);
    tell(handle, tuned_set_nu(handle, 6.25));
    const tuned_dense other = {&four, 0, 0};
    tell(handle, tuned_set_C(handle, &other) || tuned_set_nu(handle, 0));
    tuned_destroy(handle);
    return 0;
}
