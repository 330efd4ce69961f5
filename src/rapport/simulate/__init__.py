"""The simulated company: its data, its served systems, and the truth about them."""
