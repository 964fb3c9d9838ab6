"""Who is mailed about the end of jobs."""
