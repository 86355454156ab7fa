"""Service levels: calendars, contracts, clocks, availability, budgets; self-explaining.

Pure: the policy's objects and aware datetimes come in, nothing reads a clock or a file. Every
moment that goes out is in UTC.
"""
