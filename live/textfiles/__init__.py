"""What commands that run and end tell Prometheus: files for a textfile collector."""
