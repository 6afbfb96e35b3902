"""The ledger list."""
