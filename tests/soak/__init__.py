"""`make soak`: jobs of small sizes in a local cloud where things go wrong by chance, and what must hold after each."""
