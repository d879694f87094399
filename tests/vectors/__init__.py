"""Vectors that Python, Solidity and JavaScript share.

`python -m tests.vectors.generate` writes those of reports; those of expiry are typed from the programmes.
"""
