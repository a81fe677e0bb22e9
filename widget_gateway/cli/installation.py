"""What `doctor` looks at on the machine: the gateway's packages, and the disk of its database."""

import importlib.util
import shutil
from importlib.metadata import PackageNotFoundError, packages_distributions
from pathlib import Path

import widget_gateway
from widget_gateway.services.health import Finding
from widget_gateway.settings import Settings

_ROOT = Path(widget_gateway.__file__).resolve().parents[1]
_DISTRIBUTION = "widget-gateway"

TOP_LEVEL = ("handlers", "storage", "static", "examples")
"""Names of ours at the top of site-packages that other distributions may have as well."""

FULL_BYTES = 256 * 2**20
"""Free bytes below which the disk counts as full: a mongod that is left without room ends."""

LOW_BYTES = 2 * 2**30
"""Free bytes below which `doctor` warns: the journal and the oplog take up to a gigabyte."""


def look_at_packages() -> Finding:
    """Warn where a top-level package of ours is somebody else's, or shared with another."""
    strangers = [*_other_places(), *_other_owners()]
    if not strangers:
        return Finding("packages", ok=True, detail="are all the gateway's own")
    return Finding(
        "packages",
        ok=True,
        warns=True,
        detail="; ".join(strangers),
        remedy="Install the gateway into a virtual environment or container of its own.",
    )


def _other_places() -> list[str]:
    found = []
    for name in TOP_LEVEL:
        spec = importlib.util.find_spec(name)
        places = [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
        if not places or places[0].resolve() != _ROOT / name:
            where = places[0] if places else "missing"
            found.append(f"`{name}` is {where}, not {_ROOT / name}")
    return found


def _other_owners() -> list[str]:
    try:
        owners = packages_distributions()
    except (PackageNotFoundError, OSError):
        return []
    others = ((n, sorted({*owners.get(n, ())} - {_DISTRIBUTION})) for n in TOP_LEVEL)
    return [f"`{name}` has files of {', '.join(names)} as well" for name, names in others if names]


def look_at_disk(settings: Settings) -> list[Finding]:
    """Tell how full the disk of the embedded database is; nothing if there is none."""
    if not settings.embedded:
        return []
    home = settings.data_path.absolute()
    try:
        usage = shutil.disk_usage(home)
    except OSError:  # There is no data directory, which the look at the storage tells.
        return []
    percent = round(100 * (usage.total - usage.free) / usage.total)
    told = f"{percent} % full, {usage.free / 2**30:.1f} of {usage.total / 2**30:.1f} GB free"
    remedy = f"Make room on the disk of {home}: without it nothing more can be stored."
    if usage.free < FULL_BYTES:
        return [Finding("disk", ok=False, detail=f"disk full: {told}", remedy=remedy)]
    return [Finding("disk", ok=True, warns=usage.free < LOW_BYTES, detail=told, remedy=remedy)]
