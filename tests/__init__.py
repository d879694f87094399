"""The tests. This file makes `tests` ours: pymultihash installs a package of that name."""
