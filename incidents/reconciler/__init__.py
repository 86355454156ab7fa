"""The reconciler: what Alertmanager knows is held against what we know; gaps are repaired."""
