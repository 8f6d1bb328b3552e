"""The main job on real input: spectral coarsening of the Laplacian of a real mesh.

`mesh` reads spot and builds its operators, `coarsening` sets up the energy, `figure` draws the
result.  Needs the extra "demo" (libigl, matplotlib); importing this package needs neither.
"""
