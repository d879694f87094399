"""Milepost: on-chain rewards for dining partners, and the oracle that feeds them."""
