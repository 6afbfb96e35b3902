"""Node to node: a city sends its ledger upward in signed, numbered batches; the upper node proves and keeps it."""
