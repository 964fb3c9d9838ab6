"""What a finished image's metadata says of its origin: an XMP packet, and nothing that is private.

The term is of IPTC's Digital Source Type vocabulary (cv.iptc.org/newscodes/digitalsourcetype, as of 2024-10-23):

- a trained model painted the background: `compositeWithTrainedAlgorithmicMedia`, "augmentation, correction or
  enhancement using a Generative AI model, such as with inpainting or outpainting operations".
- the local renderer did: `composite`, "mix or composite of several elements, any of which may or may not be
  generative AI". It is no trained model, and `compositeSynthetic` means "at least one of which is Generative AI".
- a picture of one's own lies behind: `composite` as well, for nobody knows how that picture was made; so does one that
  is made from colours. A backdrop that was painted from words counts as what painted it.
- no background was painted (a colour, or transparent): `algorithmicallyEnhanced`, "modification or correction by
  algorithm without changing the main content of the media, initiated or configured by a human".

Who, where and the prompt stay out: the picture is published, and the job id finds them for those who may look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from backdrop.core.vocabulary import Generator

SOURCE_TYPES: Mapping[Generator, str] = {
    "trained-model": "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia",
    "local-renderer": "http://cv.iptc.org/newscodes/digitalsourcetype/composite",
    "backdrop": "http://cv.iptc.org/newscodes/digitalsourcetype/composite",
    "none": "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced",
}

CREATOR_TOOL = "Backdrop"
NAMESPACE = "urn:backdrop:origin:1.0#"
IPTC_NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


@dataclass(frozen=True)
class Origin:
    """Where a finished image comes from.

    Attributes:
        generator: what the background is from.
        job_id: of Backdrop.
        image_id: of the photo in the job.
        model_id: what answered; None when no model was called.
        seed: of the model call; None when there was none.
        by_hand: `moved` or `resampled`: what became of a product that somebody placed by hand; None: nobody did.
    """

    generator: Generator
    job_id: str
    image_id: str
    model_id: str | None = None
    seed: int | None = None
    by_hand: str | None = None

    @property
    def source_type(self) -> str:
        """The URI of IPTC's term."""
        return SOURCE_TYPES[self.generator]


def xmp_packet(origin: Origin) -> bytes:
    """An XMP packet in UTF-8 (ISO 16684-1), under 2 KB: fits a JPEG's single APP1 segment."""
    properties = {
        "Iptc4xmpExt:DigitalSourceType": origin.source_type,
        # IPTC Photo Metadata 2025.1: "the AI engine and/or the model name used to generate this image".
        "Iptc4xmpExt:AISystemUsed": origin.model_id if origin.generator == "trained-model" else None,
        "xmp:CreatorTool": CREATOR_TOOL,
        "backdrop:Generator": origin.generator,
        "backdrop:JobId": origin.job_id,
        "backdrop:ImageId": origin.image_id,
        "backdrop:ModelId": origin.model_id,
        "backdrop:Seed": origin.seed,
        "backdrop:PlacedByHand": origin.by_hand,
    }
    elements = "".join(
        f"<{name}>{escape(str(value), quote=False)}</{name}>" for name, value in properties.items() if value is not None
    )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{IPTC_NAMESPACE}"'
        f' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:backdrop="{NAMESPACE}">'
        f"{elements}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    ).encode()
