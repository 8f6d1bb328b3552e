/* Whether an energy by Gram matrices keeps ten digits (four in single precision) of those of scale. */
static inline int is_accurate(double energy, double scale)
{
    return energy >= (sizeof(real) == sizeof(double) ? 0x1p-52 / 1e-10 : 0x1p-23 / 1e-4) * scale;
}
