"""The faces: webhook, JSON API, pages, metrics, health."""
