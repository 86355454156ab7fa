"""The fleet engine: all devices on the local network, from one thread with one event loop."""
