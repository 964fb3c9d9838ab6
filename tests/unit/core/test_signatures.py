"""What files are by their first bytes: the same for the service, the command and the browser."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import playwright
import pytest
from PIL import Image

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.limits import CONTENT_TYPES, TYPE_OF_ENDING
from backdrop.core.signatures import HEAD_BYTES, KINDS, RAW_ENDINGS, kind_of, named_by_ending
from backdrop.imaging.photos import open_photo, upright_size

ROOT = Path(__file__).parents[3]


def ftyp(major: bytes, *others: bytes) -> bytes:
    brands = b"".join(others)
    return (16 + len(brands)).to_bytes(4, "big") + b"ftyp" + major + bytes(4) + brands


def saved(format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (100, 90), "red").save(out, format_, **options)
    return out.getvalue()


READ = {
    "image/jpeg": [saved("JPEG"), b"\xff\xd8\xff\xe1"],
    "image/png": [saved("PNG")],
    "image/webp": [saved("WEBP")],
    "image/heic": [
        ftyp(b"heic", b"mif1", b"heic"),
        ftyp(b"mif1", b"mif1", b"heic"),
        ftyp(b"msf1", b"heic"),
        ftyp(b"hevc"),
        ftyp(b"isom", b"mif1", b"miaf", b"heix"),
    ],
    "image/avif": [saved("AVIF"), ftyp(b"mif1", b"miaf", b"avif"), ftyp(b"avif", b"mif1", b"miaf")],
    "image/tiff": [saved("TIFF"), saved("TIFF", big_tiff=True), b"MM\0*\0\0\0\x08"],
}

OTHERS = {
    "a GIF": [saved("GIF"), b"GIF87a"],
    "a BMP": [saved("BMP")],
    "an icon (ICO)": [saved("ICO"), b"\0\0\2\0\1\0"],
    "a JPEG 2000": [saved("JPEG2000"), saved("JPEG2000", no_jp2=True)],
    "a JPEG XL": [b"\xff\x0a\xfa\x7f", b"\0\0\0\x0cJXL \r\n\x87\n"],
    "a JPEG XR": [b"II\xbc\1\x08\0\0\0"],
    "a camera's raw file (Canon CR2)": [b"II*\0\x10\0\0\0CR\2\0"],
    "a camera's raw file (Canon CR3)": [ftyp(b"crx ", b"crx ", b"isom")],
    "a camera's raw file (Canon CRW)": [b"II\x1a\0\0\0HEAPCCDR"],
    "a camera's raw file (Fujifilm RAF)": [b"FUJIFILMCCD-RAW 0201FF389501X-T3"],
    "a camera's raw file (Olympus ORF)": [b"IIRO\x08\0", b"IIRS\x08\0", b"MMOR\0\0"],
    "a camera's raw file (Panasonic RW2)": [b"IIU\0\x18\0\0\0"],
    "a camera's raw file (Phase One IIQ)": [b"II*\0\x08\0\0\0IIIITwaR"],
    "a camera's raw file (Sigma X3F)": [b"FOVb\0\0\2\0"],
    "a camera's raw file (Minolta MRW)": [b"\0MRM\0\1\2\3"],
    "a Photoshop file": [b"8BPS\0\1", b"8BPS\0\2"],
    "a GIMP file": [b"gimp xcf v011"],
    "a PDF": [b"%PDF-1.7\n"],
    "PostScript (EPS)": [b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\xc5\xd0\xd3\xc6\x1e\0"],
    "an SVG": [
        b'<svg xmlns="http://www.w3.org/2000/svg">',
        b'<?xml version="1.0"?>\n<!-- made -->\n<svg width="1">',
        b'\xef\xbb\xbf  <?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"><svg>',
        b'<?xml version="1.0"?><svg:svg xmlns:svg="http://www.w3.org/2000/svg">',
    ],
    "XML (or an SVG)": [b'<?xml version="1.0"?><!-- ' + b"x" * HEAD_BYTES + b"--><svg>", b"<?xml version='1.0'?><a/>"],
    "a web page": [b"<!DOCTYPE html><title>404</title>", b"\n<HTML>", b"<head>"],
    "a video": [
        ftyp(b"qt  "),
        ftyp(b"isom", b"mp41"),
        b"\0\0\0\x08wide\0\0\1\0mdat",
        b"\x1aE\xdf\xa3",
        b"RIFF\0\0\0\0AVI LIST",
        b"\0\0\1\xba",
    ],
    "an archive (such as ZIP)": [b"PK\3\4\x14\0", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\7", b"\x1f\x8b\x08"],
    "a note of macOS about a file, not the file": [b"\0\5\x16\7\0\2\0\0"],
    "a Netpbm picture": [saved("PPM"), b"P3\n# by hand\n2 2\n255"],
    "an OpenEXR file": [b"\x76\x2f\x31\1"],
    "a QOI": [b"qoif\0\0\0\1"],
}


@pytest.mark.parametrize("type_", READ)
def test_what_is_read_is_told_by_its_first_bytes(type_: str) -> None:
    for data in READ[type_]:
        kind = kind_of(data)
        assert kind is not None
        assert kind.type == type_


@pytest.mark.parametrize("name", OTHERS)
def test_everything_else_is_refused_as_what_it_is_and_told_what_to_do(name: str) -> None:
    for data in OTHERS[name]:
        kind = kind_of(data)
        assert kind is not None
        assert (kind.name, kind.type) == (name, None)
        for read in (open_photo, upright_size):
            with pytest.raises(PhotoRefused) as refusal:
                read(data + bytes(100))
            assert refusal.value.code is ErrorCode.PHOTO_FORMAT_UNSUPPORTED
            assert refusal.value.cause.startswith(f"The file is {name}, not JPEG, PNG")
            assert "Export the photo again as JPEG" in refusal.value.next_step


def test_animated_pictures_are_called_so() -> None:
    kind = kind_of(ftyp(b"avis", b"avif", b"msf1"))
    assert kind is not None
    assert (kind.name, kind.type) == ("an animated AVIF", None)


@pytest.mark.parametrize("data", [b"hello, this is no image", b"", b"P1ain words", b"BM and no picture", bytes(100)])
def test_what_nobody_knows_is_called_no_image(data: bytes) -> None:
    assert kind_of(data) is None


def test_every_type_that_is_taken_has_a_kind_an_ending_and_no_other_name() -> None:
    assert {kind.type for kind in KINDS if kind.type} == set(CONTENT_TYPES) == set(TYPE_OF_ENDING.values())
    assert not [ending for ending in TYPE_OF_ENDING if named_by_ending(f"a.{ending}")]
    assert named_by_ending("DSC_1.NEF") == "a camera's raw file (NEF)"
    assert named_by_ending("a/photo.jxl") == "a JPEG XL"
    assert named_by_ending("notes") is None
    assert not RAW_ENDINGS & set(TYPE_OF_ENDING)


def test_the_browser_takes_every_file_for_the_same() -> None:
    """The browser's own lines, in the Node that Playwright brings."""
    node = Path(playwright.__file__).parent / "driver" / "node"
    heads = [data[:HEAD_BYTES] for files in (*READ.values(), *OTHERS.values()) for data in files] + [b"no image", b""]
    given = {"kinds": [(kind.pattern, kind.name, kind.type) for kind in KINDS]}
    script = (
        f"{(ROOT / 'webapp/backdrop_web/upload/look.js').read_text('utf-8')}\n"
        f"const kindOf = kindTests({json.dumps(given)});\n"
        f"const heads = {json.dumps([head.decode('latin-1') for head in heads])};\n"
        "console.log(JSON.stringify(heads.map((head) => kindOf(head)?.name ?? null)));"
    )
    done = subprocess.run([node, "-"], input=script, capture_output=True, text=True, check=True)
    kinds = [kind_of(head) for head in heads]
    assert json.loads(done.stdout) == [kind and kind.name for kind in kinds]
