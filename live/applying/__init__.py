"""Carries a plan out: old state or new, never a mixture in which nobody is paged."""
