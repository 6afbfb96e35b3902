"""The verbs of this part: the only code that writes units, posts, accounts, duties and the calendar."""
