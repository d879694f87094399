"""Tells partners and members' systems of settlements over HTTP: addresses, signatures, sending, rounds."""
