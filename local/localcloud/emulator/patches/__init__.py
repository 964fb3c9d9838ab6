"""Corrections of what MiniStack does differently from AWS. One module per service."""
