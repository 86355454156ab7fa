"""The posture of this machine and of what runs on it: updates, reports, certificates, backups."""
