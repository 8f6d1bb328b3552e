/* Symmetric matrices, which are not always. */
#include <stdio.h>
#include <string.h>

#include "even.h"

static const int32_t i[] = {1, 0, 1}, j[] = {0, 1, 1}, lone[] = {1, 0, 0};
static const double same[] = {1, 1, 3}, other[] = {1, 2, 3};
static const double mirrored[] = {1, 2, 2, 4}, unlike[] = {1, 2, 3, 4};

static even_data good(void)
{
    even_data data;
    memset(&data, 0, sizeof data);
    data.n = 2;
    data.U.count = data.V.count = 3;
    data.U.i = data.V.i = i;
    data.U.j = data.V.j = j;
    data.V.values = same;
    data.W.values = mirrored;
    return data;
}

static even *made(even_data data)
{
    even *handle;
    const int code = even_create(&data, &handle);
    printf("%d %s\n", code, even_detail(handle));
    return handle;
}

int main(void)
{
    even *handle = made(good());
    even_data data = good();
    data.U.i = lone;
    data.U.j = i;
    even_destroy(made(data));
    data = good();
    data.V.i = lone;
    data.V.j = i;
    even_destroy(made(data));
    data = good();
    data.V.values = other;
    even_destroy(made(data));
    data = good();
    data.W.values = unlike;
    even_destroy(made(data));
    int code = even_set_V(handle, other);
    printf("%d %s\n", code, even_detail(handle));
    code = even_set_V(handle, same);
    printf("%d %s\n", code, even_detail(handle));
    const int64_t size = even_size(handle); /* the lower triangle */
    even_destroy(handle);
    return size != 2;
}
