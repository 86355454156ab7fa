"""The incident store: tables, migrations, a single writer and its queue, and the reading side."""
