"""Package managers: what each says of pending updates."""
