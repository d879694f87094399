"""Measures what settling costs, beside its peers and the least it could cost; docs/benchmarks.md."""
