"""Decides: earning, rounding, batching, states, receipts. Standard library only."""
