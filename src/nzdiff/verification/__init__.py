"""Is every derivative of a problem right?  Proofs, and checks of what was emitted; one report."""

from nzdiff.verification.report import Report, verify

__all__ = ["Report", "verify"]
