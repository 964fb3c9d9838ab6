"""What a finished file says of its origin."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from PIL import Image

from backdrop.imaging.encoding import Format, encode
from backdrop.imaging.provenance import IPTC_NAMESPACE, NAMESPACE, Origin, xmp_packet
from tests.unit.imaging.pictures import IMAGE_ID, JOB_ID, ORIGIN, PLAIN, decoded

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XMP = "http://ns.adobe.com/xap/1.0/"
TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def properties(packet: bytes) -> dict[str, str]:
    """`{namespace}name` -> value of an XMP packet's only description."""
    root = ElementTree.fromstring(packet)
    description = root.find(f".//{{{RDF}}}Description")
    assert description is not None
    assert description.get(f"{{{RDF}}}about") == ""
    return {child.tag: child.text or "" for child in description}


@pytest.mark.parametrize(
    ("origin", "term"),
    [
        (ORIGIN, "compositeWithTrainedAlgorithmicMedia"),
        (Origin("local-renderer", JOB_ID, IMAGE_ID, "us.stability.stable-image-inpaint-v1:0", 7), "composite"),
        (PLAIN, "algorithmicallyEnhanced"),
    ],
)
def test_the_source_type_is_the_true_one(origin: Origin, term: str) -> None:
    found = properties(xmp_packet(origin))
    assert found[f"{{{IPTC_NAMESPACE}}}DigitalSourceType"] == TERMS + term == origin.source_type
    assert found[f"{{{NAMESPACE}}}Generator"] == origin.generator


def test_only_a_trained_model_is_named_as_an_ai_system() -> None:
    """The local renderer answers under the model's id; that makes it no AI."""
    local = Origin("local-renderer", JOB_ID, IMAGE_ID, model_id=ORIGIN.model_id, seed=7)
    system = f"{{{IPTC_NAMESPACE}}}AISystemUsed"
    assert properties(xmp_packet(ORIGIN))[system] == ORIGIN.model_id
    assert system not in properties(xmp_packet(local))
    assert b"rained" not in xmp_packet(local)
    assert b"rained" not in xmp_packet(PLAIN)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_every_format_carries_the_packet(format_: Format) -> None:
    data = encode(Image.new("RGB", (32, 32), "teal"), format_, xmp=xmp_packet(ORIGIN))
    found = properties(decoded(data).info["xmp"])
    assert found == {
        f"{{{IPTC_NAMESPACE}}}DigitalSourceType": TERMS + "compositeWithTrainedAlgorithmicMedia",
        f"{{{IPTC_NAMESPACE}}}AISystemUsed": "us.stability.stable-image-inpaint-v1:0",
        f"{{{XMP}}}CreatorTool": "Backdrop",
        f"{{{NAMESPACE}}}Generator": "trained-model",
        f"{{{NAMESPACE}}}JobId": JOB_ID,
        f"{{{NAMESPACE}}}ImageId": IMAGE_ID,
        f"{{{NAMESPACE}}}ModelId": "us.stability.stable-image-inpaint-v1:0",
        f"{{{NAMESPACE}}}Seed": "7",
    }
    assert (b"XML:com.adobe.xmp" in data) == (format_ == "PNG")
    assert (b"http://ns.adobe.com/xap/1.0/\0" in data) == (format_ == "JPEG")


def test_markup_in_a_value_stays_text() -> None:
    origin = Origin("trained-model", JOB_ID, IMAGE_ID, model_id='a<b>&"c"')
    assert properties(xmp_packet(origin))[f"{{{NAMESPACE}}}ModelId"] == 'a<b>&"c"'


def test_the_packet_is_small_and_complete() -> None:
    packet = xmp_packet(ORIGIN)
    assert packet.startswith(b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>')
    assert packet.endswith(b'<?xpacket end="r"?>')
    assert len(packet) < 2048
