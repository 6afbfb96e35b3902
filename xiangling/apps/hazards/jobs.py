"""Background work of the hazard ledger: its import."""
