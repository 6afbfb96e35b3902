"""The demo city: `plan` says what is in it, as data without a database."""
