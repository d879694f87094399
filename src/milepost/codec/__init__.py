"""Turns domain values into the exact bytes the chain sees."""
