"""The voice of the customer: what tickets, comments and mentions are about, and how they feel."""
