"""From a derivation to the cheapest plan."""
