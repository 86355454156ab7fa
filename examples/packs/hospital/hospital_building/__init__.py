"""The pack of a hospital's building: what is measured, shown and told."""
