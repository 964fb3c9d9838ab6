"""Sheets and tables that people write, as CSV or XLSX files."""
