"""Jobs that are made from what an earlier one left."""
