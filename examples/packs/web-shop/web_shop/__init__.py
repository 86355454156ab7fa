"""The pack of one team: what it measures, shows and tells."""
