/* Operation number `which` of the plan, which a library computes, of some operands. */
KERNEL void external(const struct nzdiff_solvers *solvers, int which,
                     const real *const *operands, real *out)
{
    solvers->external(which, operands, out);
}
