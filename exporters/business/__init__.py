"""Business figures: KPIs that are defined as queries."""
