"""What devices measure: physical values over time, from a clock and a seed."""
