"""Orders that wait, read from the folder in which the shop leaves them."""
