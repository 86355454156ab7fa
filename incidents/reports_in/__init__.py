"""What people report: taken in by form, mail and API, triaged, and followed to its end."""
