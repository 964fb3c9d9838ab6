"""Sets of images that were redone: what a set shows, and new tries of what was rejected."""
