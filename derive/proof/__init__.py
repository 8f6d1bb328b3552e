"""Is it right?  Exactly at random points, and entry by entry."""
