"""Who is mailed about the end of jobs: subscriptions, and rows about them."""
