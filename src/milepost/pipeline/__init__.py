"""The main path: one file a step, each step one unit of work."""
