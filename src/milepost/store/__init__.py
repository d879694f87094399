"""Keeps facts and answers queries; the only place with SQL."""
