"""What an alert would have done: its whole life replayed over history."""
