"""The hazard ledger: from found to proven closed."""
