"""A rendered issue on its way to its readers: when, once, and what is said when it cannot go."""
