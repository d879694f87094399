"""Speaks to the contracts: wrappers, signing, sending, reading logs."""
