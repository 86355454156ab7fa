"""The inverse of an expression: which series make it true, false, or exactly the threshold."""
