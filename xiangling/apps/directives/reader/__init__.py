"""The reader: a document of officialese becomes numbered pieces and directives. No Django, no database, no network."""

from .reading import Deadline, Directive, Owner, Piece, Reading, Repair, Unreadable, read

__all__ = ["Deadline", "Directive", "Owner", "Piece", "Reading", "Repair", "Unreadable", "read"]
