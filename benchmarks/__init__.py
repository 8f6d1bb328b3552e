"""Benchmarks: instances with known optima or bounds, solvers on them, assembly of JᵀJ.

`instances` names what there is; `solvers` and `assembly` measure and write Markdown, JSON and PNG
(`python -m benchmarks`).  Needs the extra "bench" (libigl, scikit-learn, matplotlib);
importing this package needs none of them.
"""
