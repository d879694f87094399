"""Counts what happened in all runs, so that a machine that reached little is not taken for agreement."""

from collections import Counter

SEEN: Counter[str] = Counter()
"""Outcomes of purchases, acts that were taken and refused, and what became of lives."""
