"""The incident service: webhook, state machine, store, outbox, pages."""
