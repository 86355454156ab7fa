"""The shared vocabulary: frozen data, no I/O, nothing but the standard library."""
