"""Repeatable measurements: `python -m benchmarks.<name>` prints a table."""
