"""Tries promotions on past purchases: the contracts' own code, on a machine inside the process."""
