"""Fellegi-Sunter linkage, trained on the data itself: candidate pairs, weights, a threshold."""
