"""What an output is called, in the words of lists and pages."""

from __future__ import annotations

from backdrop.core.options import SAME_FORMAT, OutputOptions


def describe_output(output: OutputOptions) -> str:
    """Return in words what differs from the photo's own shape and file, such as `4:5, 800 pixels wide, WEBP`."""
    words = [output.preset] if output.preset else []
    words += [output.aspect] if output.aspect else []
    if output.width and output.height:
        words.append(f"{output.width} × {output.height} pixels")
    elif output.width or output.height:
        words.append(f"{output.width} pixels wide" if output.width else f"{output.height} pixels high")
    words += [output.format] if output.format != SAME_FORMAT else []
    words += [f"quality {output.quality}"] if output.quality else []
    return ", ".join(words) or "as the photo"
