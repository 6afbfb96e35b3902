"""Doors to programs outside: each may be missing, and nothing else breaks."""
