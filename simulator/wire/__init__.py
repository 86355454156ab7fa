"""The Tuya LAN protocol from the device's side: bytes in, bytes out, no sockets."""
