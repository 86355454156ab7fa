"""Semantic mutants of rules, and what catches them."""
