"""Runbook pages as Markdown: pure functions from the catalogue and what people wrote by hand."""
