"""Shell and generic pages: one record page, one list page, one step page for every kind of case."""
