"""What the core needs from outside, as Protocols; adapters and their fakes keep them."""
