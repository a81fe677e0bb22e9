"""Reads logos that providers hand in: bounded, and without anything but the picture itself."""

import io
import re
import warnings

from lxml import etree
from PIL import Image, UnidentifiedImageError

from widget_gateway.domain.errors import LogoInvalidError
from widget_gateway.domain.partners.brands import Logo

MAX_FILE_BYTES = 512 * 2**10
"""The largest file that is read. Files of logos for pages have a tenth of it."""

MAX_LOGO_BYTES = 64 * 2**10
"""The largest logo that is stored. Every report holds it, a third longer, as text."""

SHOWN_SIZE = (640, 176)
"""Width and height, in pixels, to which a larger picture is reduced: four times what a report
shows, so that it is sharp on paper and on dense screens."""

MAX_PIXELS = 16_000_000
"""The largest picture that is unpacked, which takes 64 MB."""

_RASTER = ("PNG", "JPEG", "WEBP", "GIF")

_SVG = "{http://www.w3.org/2000/svg}"

_DRAWN = frozenset(
    f"{_SVG}{name}"
    for name in (
        "svg", "g", "defs", "title", "desc", "symbol", "use", "path", "rect", "circle", "ellipse",
        "line", "polyline", "polygon", "text", "tspan", "clipPath", "mask", "linearGradient",
        "radialGradient", "stop", "style",
    )
)  # fmt: skip
"""The elements of SVG that draw and load nothing."""

_NUMBER = r"-?[\d.]{1,20}"
_VIEW_BOX = re.compile(
    rf"\s*{_NUMBER}[\s,]+{_NUMBER}[\s,]+(?P<width>[\d.]{{1,20}})[\s,]+(?P<height>[\d.]{{1,20}})\s*",
    re.ASCII,
)

_ADDRESS = re.compile(
    r"url\(\s*['\"]?(?!#|['\"])|@import|(java|vb)script:|data:|https?:", re.IGNORECASE
)
"""What a harmless attribute does not hold: addresses other than of a part of the same picture."""


def read_logo(content: bytes) -> Logo:
    """Read a logo from the bytes of a PNG, JPEG, WebP, GIF or SVG file.

    A raster picture is written anew as a PNG, which leaves out all else that its file holds.

    Raises:
        LogoInvalidError: it is too large, is no such picture, or holds more than a picture.
    """
    if len(content) > MAX_FILE_BYTES:
        raise LogoInvalidError(f"The file is larger than {MAX_FILE_BYTES // 2**10} KiB.")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        logo = Logo("image/svg+xml", _drawing(content))
    else:
        logo = Logo("image/png", _raster(content))
    if len(logo.content) > MAX_LOGO_BYTES:
        raise LogoInvalidError(
            f"The picture takes more than {MAX_LOGO_BYTES // 2**10} KiB; a simpler one will do."
        )
    return logo


def _raster(content: bytes) -> bytes:
    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(io.BytesIO(content), formats=_RASTER) as picture,
        ):
            if picture.width * picture.height > MAX_PIXELS:
                raise LogoInvalidError(f"The picture has more than {MAX_PIXELS:,} pixels.")
            shown = picture.convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise LogoInvalidError(f"The picture has more than {MAX_PIXELS:,} pixels.") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, MemoryError):
        raise LogoInvalidError("The file is no PNG, JPEG, WebP, GIF or SVG picture.") from None
    shown.thumbnail(SHOWN_SIZE)
    out = io.BytesIO()
    shown.save(out, "PNG", optimize=True)
    return out.getvalue()


def _drawing(content: bytes) -> bytes:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise LogoInvalidError("The file is no well-formed SVG.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise LogoInvalidError("An SVG with a document type (<!DOCTYPE …>) is not taken.")
    if root.tag != f"{_SVG}svg":
        raise LogoInvalidError("The file is no SVG picture.")
    _set_size(root)
    for element in list(root.iter()):
        parent = element.getparent()
        if parent is not None and _is_foreign(element):
            parent.remove(element)
    for element in root.iter():
        _check(element)
    etree.cleanup_namespaces(root)
    return etree.tostring(root)


def _set_size(root: etree._Element) -> None:
    """Give a drawing that has only a viewBox the width and height of it, as pages expect."""
    if root.get("width") and root.get("height"):
        return
    box = _VIEW_BOX.fullmatch(root.get("viewBox") or "")
    if box is None:
        raise LogoInvalidError("The SVG needs a viewBox, or a width and a height.")
    root.set("width", box["width"])
    root.set("height", box["height"])


def _is_foreign(element: etree._Element) -> bool:
    """Whether an element is a program's own note, such as those of Inkscape, and draws nothing."""
    return isinstance(element.tag, str) and (
        not element.tag.startswith(_SVG) or element.tag == f"{_SVG}metadata"
    )


def _check(element: etree._Element) -> None:
    if element.tag not in _DRAWN:
        name = etree.QName(element).localname if isinstance(element.tag, str) else "an entity"
        raise LogoInvalidError(f"An SVG with <{name}> is not taken: it must only draw.")
    if _ADDRESS.search(element.text or ""):
        raise LogoInvalidError("An SVG with an address in its text is not taken.")
    for key, value in element.attrib.items():
        name = etree.QName(key).localname
        if (
            name.lower().startswith("on")
            or _ADDRESS.search(str(value))
            or (name == "href" and not str(value).startswith("#"))
        ):
            raise LogoInvalidError(f"An SVG with {name}={str(value)[:40]!r} is not taken.")
