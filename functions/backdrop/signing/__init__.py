"""Content credentials: the signing identity and the one module that uses c2pa-python."""
