"""L-BFGS: its loop in Python and in C, the pairs it keeps, L-BFGS-B where there are bounds."""
