"""`backdrop accept`: what AWS documents but was not seen is tried once on a deployed stack."""
