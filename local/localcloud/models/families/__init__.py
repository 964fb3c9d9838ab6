"""The Bedrock model families and their documented requests, limits and answers."""
