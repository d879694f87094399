"""The migrations, in order of their serial."""
