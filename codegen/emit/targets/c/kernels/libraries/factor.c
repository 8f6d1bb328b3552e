/* Factorise matrix number `which`; out[0] = log |det a|, out[1] = its sign, or -inf and 0. */
KERNEL void factor(const struct nzdiff_solvers *solvers, int which, const real *a, real *out)
{
    solvers->factor(which, a, out);
}
