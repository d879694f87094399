"""Everything on one machine: a node, a programme deployed on it, and the processes that run it."""
