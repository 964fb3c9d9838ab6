"""Backdrops that nobody uploads: made from colours, or painted from words."""
