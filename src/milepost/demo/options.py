"""Reads what the demos take on their command lines.

The demos that run for minutes can be told to do less.
"""

import argparse


def count(text: str) -> int:
    """A whole number from 1.

    Raises: ValueError, ArgumentTypeError: argparse says it of the option.
    """
    found = int(text)
    if found < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1")
    return found
