/* out = entries of a product of inverses, number `which`, with these matrices between them. */
KERNEL void select_entries(const struct nzdiff_solvers *solvers, int which,
                           const real *const *middles, real *out)
{
    solvers->select(which, middles, out);
}
