"""What `make demo` feeds: real bills with assumed members and times."""
