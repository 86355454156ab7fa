"""Measurements against bars and peers; ``make bench`` runs them."""
