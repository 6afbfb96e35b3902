"""The generic pages, one module for each thing a person does."""
