"""What is said of an incident to whom: texts made from what is meant for them, and nothing else."""
