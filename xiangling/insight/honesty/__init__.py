"""Ledger honesty: signs of empty work, and how often the judge is overruled."""
