"""The compiler: load, check, emit."""
