"""Reads what partners send: authenticates and parses one source into purchases."""
