"""Service levels: calendars, contracts, clocks, availability, budgets; self-explaining."""
