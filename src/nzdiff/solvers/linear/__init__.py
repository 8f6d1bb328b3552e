"""The linear systems inside the methods: curvature, preconditioners, factorisations, CG."""
