"""Pages of people, duties, the calendar and security."""
