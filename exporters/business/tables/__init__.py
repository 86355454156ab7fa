"""Tables in memory, filled from services and files, so that KPIs over them are plain SQL."""
