"""What every process of ours shares: strict documents, secrets, logs, extensions, serving."""
