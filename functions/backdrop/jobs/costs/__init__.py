"""What a job costs, and what may be spent."""
