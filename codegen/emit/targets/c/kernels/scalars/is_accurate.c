/* Whether an energy is large enough beside its scale, for the precision of `real`. */
KERNEL inline int is_accurate(double energy, double scale, double least, double least_single)
{
    return energy >= (sizeof(real) == sizeof(double) ? least : least_single) * scale;
}
