"""Exporters: one folder a source, one runtime for all."""
