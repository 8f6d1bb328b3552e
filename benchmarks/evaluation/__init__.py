"""Energy and derivatives against other libraries."""
