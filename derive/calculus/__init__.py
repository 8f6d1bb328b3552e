"""From a problem to its derivatives: canonical form, differential, normal form, second order."""
