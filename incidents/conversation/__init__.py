"""What people say back: buttons, links, replies; each is a gesture, and goes as a command does."""
