"""What `make demo-history` runs: eighteen months of real purchases through the real oracle, on anvil."""
