"""Benchmarks: what the product costs, as ratios to the floor of the database measured in the same run."""
