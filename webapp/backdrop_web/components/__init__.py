"""Pieces of the page that need JavaScript of their own."""
