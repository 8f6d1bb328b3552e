"""The C interface of a problem: a handle made from plain arrays, without Python.

`write` makes the folder, `building` what a handle is built by, `arithmetic` sizes and scalars in C,
`example` a program with small data.  `parts/` is C that every interface holds.
"""
