"""Reads a list of professions: they become the profiles of a definition's document."""

import re
from typing import Any

from widget_gateway.services.catalogue.markup import scheme_of
from widget_gateway.services.catalogue.predecessor.config_texts import ConfigTexts
from widget_gateway.services.catalogue.predecessor.elements import Element, value_in
from widget_gateway.services.catalogue.predecessor.quiz import Document, present
from widget_gateway.services.catalogue.predecessor.scales import ScaleReader

ROOT = "professions"

_WEIGHT = re.compile(r"\d{1,4}(?:[.,]\d{1,6})?", re.ASCII)
_CHILDREN = ("name", "combs", "values", "description")
_KIND_CHILDREN = ("name", "pic", "link", "text")


class ProfessionReader:
    """Reads one `<professions>`; the combinations name scales, which may be added to `scales`."""

    def __init__(self, texts: ConfigTexts, scales: ScaleReader) -> None:
        self._texts = texts
        self._findings = texts.findings
        self._scales = scales

    def read(self, root: Element) -> list[Document]:
        """Return the profiles. A profession that fits nobody is left out, which is noted."""
        self._findings.lose_unknown(root, (), ("profession",))
        profiles: list[Document] = []
        for element in root.findall("profession"):
            if profile := self._profile(element):
                self._findings.place(
                    ("profiles", len(profiles)), element, f"profession {len(profiles) + 1}"
                )
                profiles.append(profile)
        return profiles

    def _profile(self, element: Element) -> Document | None:
        self._findings.lose_unknown(element, ("not",), _CHILDREN)
        if element.get("not"):
            what = "not=… of a profession, which hides it from those who are high in these types"
            self._findings.lost(element, what)
        name = self._texts.plain(element.find("name"))
        combinations = self._combinations(element)
        if name is None or not combinations:
            why = "has no name" if name is None else "combines no scale of this test"
            self._findings.lost(element, f"a profession that {why}")
            return None
        for description in element.findall("description"):
            self._findings.lose_unknown(description, (), ("kind",))
        kinds = [self._kind(kind) for kind in element.findall("description/kind")]
        profile: Document = {"name": name}
        if len(kinds) == 1 and kinds[0].get("name", name) == name:
            profile |= kinds.pop()  # the only variant is the profession itself
        named = [kind if "name" in kind else {"name": name, **kind} for kind in kinds]
        values = self._values(element)
        return present(
            {
                **profile,
                "kinds": named or None,
                "values": values or None,
                "combinations": combinations,
            }
        )

    def _kind(self, kind: Element) -> Document:
        self._findings.lose_unknown(kind, (), _KIND_CHILDREN)
        return present(
            {
                "name": self._texts.plain(kind.find("name")),
                "text": self._texts.html(kind.find("text")),
                "image": self._image(kind),
                "link": self._link(kind),
            }
        )

    def _image(self, kind: Element) -> str | None:
        name = value_in(kind, "pic")
        if scheme_of(name) not in ("", "http", "https"):
            what = f"a picture whose address begins with {scheme_of(name)}:"
            self._findings.lost(kind, what)
            return None
        return self._texts.texts.pictures.address(name) if name else None

    def _link(self, kind: Element) -> str | None:
        address = value_in(kind, "link")
        if not address or (
            scheme_of(address) in ("http", "https") and not re.search(r"\s", address)
        ):
            return address or None
        self._findings.lost(kind, "a link that is no address of the web")
        return None

    def _values(self, element: Element) -> list[str]:
        for container in element.findall("values"):
            self._findings.lose_unknown(container, (), ("value",))
        written = [
            value_in(each, "value") or (each.text or "") for each in element.findall("values/value")
        ]
        return _words(",".join(written))

    def _combinations(self, element: Element) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for container in element.findall("combs"):
            self._findings.lose_unknown(container, (), ("comb",))
        for comb in element.findall("combs/comb"):
            self._findings.lose_unknown(comb, ("comb",), ("comb",))
            combination = self._combination(comb)
            if combination and combination not in found:
                found.append(combination)
        return found

    def _combination(self, comb: Element) -> dict[str, Any] | None:
        """Return the weights by scale; None if a part names no scale.

        A part is a scale, `math`, with a weight, `math:50`, or one of its sub-scales, `art:music`.
        Parts without a weight get the mean of the weights that are written, or else all the same.
        """
        weights: dict[str, float | None] = {}
        for part in _words(value_in(comb, "comb")):
            name, _, after = (word.strip() for word in part.partition(":"))
            weight = float(after.replace(",", ".")) if _WEIGHT.fullmatch(after) else None
            if weight == 0:
                continue
            if name not in self._scales.known:
                self._scales.add_missing(name, comb, self._findings)
            if after and weight is None:
                name = self._sub_scale(name, after, comb)
            if name not in self._scales.known:
                self._findings.lost(comb, f'a combination with "{part}", which is no scale')
                return None
            weights[name] = weight
        written = [weight for weight in weights.values() if weight is not None]
        mean = sum(written) / len(written) if written else 1
        return {
            name: _whole(mean if weight is None else weight) for name, weight in weights.items()
        } or None

    def _sub_scale(self, name: str, kind: str, comb: Element) -> str:
        if f"{name}-{kind}" in self._scales.known:
            return f"{name}-{kind}"
        self._findings.lost(
            comb, f'"{name}:{kind}", as there is no group "{name}-{kind}"; all of "{name}" counts'
        )
        return name


def _words(listed: str) -> list[str]:
    return list(dict.fromkeys(filter(None, (word.strip() for word in listed.split(",")))))


def _whole(number: float) -> float | int:
    rounded = round(number, 6)
    return int(rounded) if rounded == int(rounded) else rounded
