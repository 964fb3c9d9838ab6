"""A mask of a photo's own: uploaded, put right by hand, or its own transparency."""
