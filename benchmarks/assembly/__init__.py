"""The assembly of 2 JᵀJ."""
