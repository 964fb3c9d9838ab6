"""When models are called: turns at their quotas, what is tried again, how long it takes."""
