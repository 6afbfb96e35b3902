"""The cockpit: an area as it stands today, on desk, phone and wall."""
