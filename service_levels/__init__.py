"""Service levels: calendars, contracts, clocks, availability and budgets, pure and self-explaining."""
