"""The plan: typed steps, what they cost, and the interpreter that is the oracle of every target."""

from nzdiff.codegen.plan.steps import *  # noqa: F403
