"""Contracts as documents: read, shipped, captured, compared and held against the live source."""
