"""Domain apps: one shape each (models, loop, actions, queries, forms, lists, views, jobs)."""
