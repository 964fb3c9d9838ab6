"""Blender scenes with products whose true mask is known: see `render.py` for how to make the pictures."""
