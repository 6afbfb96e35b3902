"""Bulletins (通报): drafted from the figures of a month or quarter, worded by a person, frozen when they go out."""
