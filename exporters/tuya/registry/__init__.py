"""What data points mean: by product, by category, by the codes of the standard instruction sets."""
