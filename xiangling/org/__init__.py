"""Who is who: units, posts, people, the duty map (as of any date), sign-in."""
