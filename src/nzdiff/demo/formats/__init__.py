"""Mesh files: Wavefront OBJ, PLY, OFF and STL, each read into polygons; a file per format.

Written here and not taken from libigl, whose reader of PLY ends the process at a file of triangles
and quadrilaterals, and whose others refuse continued lines, NaN and comments before OFF's first
word without a reason that reaches the caller.
"""
