"""How jobs and drafts are found again: their names and tags, and the list of drafts."""
