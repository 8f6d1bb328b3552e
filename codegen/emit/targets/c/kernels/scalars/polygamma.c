/* The derivative k + 1 of log Gamma at x > 0, else NaN: the sum of 1 / (x + i)^(k + 1) over all i,
   its first terms one by one, the others by Euler and Maclaurin. */
KERNEL double polygamma(int k, double x)
{
    static const double bernoulli[] = {1.0/12, -1.0/720, 1.0/30240, -1.0/1209600, 1.0/47900160,
                                       -691.0/1307674368000, 1.0/74724249600, -3617.0/10670622842880000};
    double sum = 0.0, factorial = 1.0, rising = 1.0;
    if (!(x > 0.0)) return NAN;
    for (; x < 12.0 + k; x += 1.0) sum += pow(x, -(k + 1));
    sum += (k ? pow(x, -k) / k : -log(x)) + 0.5 * pow(x, -(k + 1));
    for (int i = 1; i <= k; i++) factorial *= i;
    rising = k + 1.0;
    for (int j = 0; j < 8; j++) {
        sum += bernoulli[j] * rising * pow(x, -(k + 2 * j + 2));
        rising *= (k + 2.0 * j + 2.0) * (k + 2.0 * j + 3.0);
    }
    return (k % 2 ? 1.0 : -1.0) * factorial * sum;
}
