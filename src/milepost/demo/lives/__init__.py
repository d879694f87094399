"""What `make demo-lives` runs: the real purchase history through all ten programmes, on anvil."""
