"""Streams of messages, counted and judged as they come: whatever brings them."""
