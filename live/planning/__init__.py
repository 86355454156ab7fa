"""What would change, in words, and what it means to people: pure functions over two states."""
