"""What backup programs say of their backups, one file each."""
