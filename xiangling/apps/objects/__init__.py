"""Supervised objects: firms, venues, equipment, sites; who and where they are."""
