"""Vectors that Python, Solidity and JavaScript share; `python -m tests.vectors.generate` writes them."""
