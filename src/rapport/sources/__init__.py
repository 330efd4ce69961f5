"""Connect a source and look at it before it counts: add, list, check, preview, profile."""
