"""Problems that people meet, one file each: what `nzdiff generate` writes packages of.

Each file defines `problem` and the `sizes` to plan for, as files of one's own do; its package lies
in `nzdiff.generated` under the same name.  docs/gallery/ has a page on each.
"""
