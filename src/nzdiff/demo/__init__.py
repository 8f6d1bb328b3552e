"""The main job on real input: spectral coarsening of the Laplacian of a mesh.

`formats` reads mesh files, `cleaning` makes of one what the operators of `mesh` can be built on,
`coarsening` sets up the energy, `run` solves it, `published` as the paper does, `figure` draws.
Needs the extra "demo" (libigl, matplotlib); importing this package needs neither.
"""
