"""`backdrop web`: the web app on this machine, for a deployed stack."""
