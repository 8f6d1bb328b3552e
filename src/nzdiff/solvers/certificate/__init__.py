"""Whether a point is a minimum: what the quadratic model of E still promises there."""
