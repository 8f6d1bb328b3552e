"""MEX files: the C interface of a problem, called from MATLAB and GNU Octave.

`arguments` says what a caller gives, in which order, and how C takes it; `write` makes the folder.
"""
