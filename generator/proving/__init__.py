"""Proof that alerts work: tests made from their expressions, mutants that these must kill."""
