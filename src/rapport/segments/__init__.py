"""Behaviour clusters: k-means on what customers do, with names that stay from build to build."""
