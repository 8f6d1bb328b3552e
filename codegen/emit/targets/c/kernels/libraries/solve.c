/* out = the inverse of matrix number `which`, or of its transpose, times b, row-major. */
KERNEL void solve(const struct nzdiff_solvers *solvers, int which, int transposed, int64_t width,
                  const real *b, real *out)
{
    solvers->solve(which, transposed, width, b, out);
}
