"""The procedural painter: words of a prompt become a place, a floor, light and shadows."""
