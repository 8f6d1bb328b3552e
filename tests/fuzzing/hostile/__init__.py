"""Random input from outside, right and wrong, and damaged files; see `run_hostile.py`.

A machine makes one input per seed, hands it to nzdiff and looks at what comes: the right numbers,
or an error of ours.  Everything else is a finding with its seed.
"""
