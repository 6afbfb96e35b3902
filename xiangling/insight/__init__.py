"""The read side: tallies fed from the ledger, and the figures, pages and reports made of them."""
