"""Hessians, 2 JᵀJ and Jacobians as matrices and blocks, gathered from factors."""
