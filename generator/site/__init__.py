"""The searchable static site of the compiled runbooks."""
