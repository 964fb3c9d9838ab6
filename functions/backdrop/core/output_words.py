"""What an output is called, in the words of lists and pages."""

from __future__ import annotations

from backdrop.core.options import SAME_FORMAT, OutputOptions
from backdrop.core.words.marks import phrase


def describe_output(output: OutputOptions) -> str:
    """Return in words what differs from the photo's own shape and file, such as `4:5, 800 pixels wide, WEBP`."""
    words = [output.preset] if output.preset else []
    words += [output.aspect] if output.aspect else []
    if output.width and output.height:
        words.append(phrase("{width} × {height} pixels", width=output.width, height=output.height))
    elif output.width or output.height:
        words.append(
            phrase("{width} pixels wide", width=output.width)
            if output.width
            else phrase("{height} pixels high", height=output.height)
        )
    words += [output.format] if output.format != SAME_FORMAT else []
    words += [phrase("quality {quality}", quality=output.quality)] if output.quality else []
    return ", ".join(words) or phrase("as the photo")


def name_output(output: OutputOptions) -> str:
    """Return the same in short, as a part of a file's name: `ebay`, `4x5-800w-webp`; `original`: as the photo."""
    words = [output.preset] if output.preset else []
    words += [output.aspect.replace(":", "x")] if output.aspect else []
    if output.width and output.height:
        words.append(f"{output.width}x{output.height}px")
    elif output.width or output.height:
        words.append(f"{output.width}w" if output.width else f"{output.height}h")
    words += [output.format.lower()] if output.format != SAME_FORMAT else []
    words += [f"q{output.quality}"] if output.quality else []
    return "-".join(words) or "original"
