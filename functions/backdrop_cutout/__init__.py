"""The built-in cut-out: finds the subject of a product photo, with no model service. Start at `builtin.cut_out`.

The Lambda function CutOut and the local image models share it. Importing this package alone loads no library.
"""
