"""`test norms`: computes norms from gathered results, for the import of a new version."""

from collections.abc import Callable
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Any

import click
from babel import Locale, UnknownLocaleError

from widget_gateway.cli.parameter_types import DateType
from widget_gateway.cli.running import CommandError, json_option, print_json, run
from widget_gateway.cli.test_statistics import beginning_of, end_of
from widget_gateway.composition.application import Backend, utc_now
from widget_gateway.domain.attempts.results import ResultGroup, Selection
from widget_gateway.domain.catalogue.norms import FIRM_NORM_N, MIN_NORM_N, distribution_of
from widget_gateway.domain.catalogue.scales import Norm, NormFilter
from widget_gateway.domain.errors import TooFewResultsError
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.services.attempts.statistics import GatheredNorms, GroupOf
from widget_gateway.services.catalogue.norms import NormsFile, ScaleNorms, norms_yaml, shapes_of


def _all_together(_: ResultGroup) -> None:
    """Put all results into one group without a name."""


_GROUPS: dict[str, GroupOf] = {
    "nothing": _all_together,
    "provider": attrgetter("provider"),
    "locale": attrgetter("locale"),
}


@click.command()
@click.argument("slug")
@click.option(
    "--from",
    "versions",
    type=click.IntRange(1),
    multiple=True,
    required=True,
    metavar="VERSION",
    help="The version that the results are of; several where they count alike.",
)
@click.option(
    "--by", type=click.Choice(list(_GROUPS)), default="nothing", help="Groups of people (nothing)."
)
@click.option("--locale", help="Only results in this language.")
@click.option("--provider", help="Only results of this provider.")
@click.option("--since", type=DateType(), help="Only from this day on (UTC).")
@click.option("--until", type=DateType(), help="Only up to this day (UTC).")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write (standard output).",
)
@json_option
def norms(  # noqa: PLR0913 - click passes an argument for each option
    *,
    slug: str,
    versions: tuple[int, ...],
    by: str,
    locale: str | None,
    provider: str | None,
    since: date | None,
    until: date | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Compute norms from results; the import of a new version takes them over (--norms FILE).

    Reports of results that exist do not change: they use the norms of their version.
    """
    chosen = tuple(sorted(set(versions)))
    selection = Selection(
        test=TestSlug(slug),
        versions=chosen,
        locale=locale,
        provider=None if provider is None else ProviderSlug(provider),
        begin=beginning_of(since),
        end=end_of(until),
    )

    async def work(backend: Backend) -> tuple[GatheredNorms, dict[str, str]]:
        if selection.provider is not None:
            await backend.services.partner.providers.get(selection.provider)
        gathered = await backend.test_statistics.gather_norms(selection, _GROUPS[by])
        names: dict[str, str] = {}
        if by == "provider":
            found = await backend.services.partner.providers.list_all()
            names = {provider.slug: provider.name for provider in found}
        return gathered, names

    gathered, names = run(work, as_json=as_json)
    counts = {group: tally.n for group, tally in gathered.groups.items()}
    if max(counts.values(), default=0) < MIN_NORM_N:
        fault = TooFewResultsError(
            f"A norm needs {MIN_NORM_N} results; there are {max(counts.values(), default=0)}."
        )
        raise CommandError(fault, as_json=as_json)
    _warn(counts)
    source = NormFilter(
        versions=chosen,
        provider=provider,
        locale=locale,
        since=None if since is None else since.isoformat(),
        until=None if until is None else until.isoformat(),
    )
    made = _file_of(gathered, source, lambda group: _title(by, group, names, gathered.test.locales))
    if output is not None:
        try:
            output.write_text(norms_yaml(made), encoding="utf-8")
        except OSError as error:
            raise click.FileError(str(output), error.strerror) from None
    if as_json:
        used = [{"group": group, "n": n, "used": n >= MIN_NORM_N} for group, n in counts.items()]
        print_json({"test": slug, "date": made.date, "groups": used, "scales": list(made.scales)})
    elif output is None:
        click.echo(norms_yaml(made), nl=False)
    else:
        click.echo(f"{output}: norms of {len(made.scales)} scales", err=True)


def _warn(counts: dict[str | None, int]) -> None:
    for group, n in counts.items():
        whose = f"{group}: " if group else ""
        if n < MIN_NORM_N:
            click.echo(f"{whose}{n} results are too few for a norm ({MIN_NORM_N})", err=True)
        elif n < FIRM_NORM_N:
            click.echo(f"{whose}{n} results make a preliminary norm ({FIRM_NORM_N})", err=True)


def _file_of(
    gathered: GatheredNorms,
    source: NormFilter,
    title_of: Callable[[str | None], dict[str, str] | None],
) -> NormsFile:
    today = utc_now().date().isoformat()
    shapes = shapes_of(gathered.test)
    scales: dict[str, ScaleNorms] = {}
    for index, scale in enumerate(gathered.test.scales):
        found = []
        for group, tally in sorted(gathered.groups.items(), key=lambda item: item[0] or ""):
            unit = gathered.test.scale_keys[index].unit
            made = distribution_of(tally.scores[index], unit) if tally.n >= MIN_NORM_N else None
            if made is not None:
                norm = Norm(
                    group=group,
                    title=title_of(group),
                    mean=round(made.mean, 4),
                    deviation=max(round(made.deviation, 4), 0.0001),
                    percentiles=made.percentiles,
                    n=made.n,
                    date=today,
                    filter=source,
                )
                found.append(norm)
        if found:
            shape = shapes[scale.id]
            scales[scale.id] = ScaleNorms(shape.min, shape.max, shape.questions, found)
    return NormsFile(gathered.test.slug, list(source.versions), today, scales)


def _title(
    by: str, group: str | None, names: dict[str, str], locales: tuple[str, ...]
) -> dict[str, str] | None:
    """Return what reports call a group: the provider's name, or that of the language."""
    if group is None:
        return None
    if by == "provider":
        return dict.fromkeys(locales, names.get(group, group))
    return {locale: _language(group, locale) for locale in locales}


def _language(tag: str, shown_in: str) -> str:
    try:
        name: Any = Locale.parse(tag, sep="-").get_display_name(Locale.parse(shown_in, sep="-"))
    except (UnknownLocaleError, ValueError):
        return tag
    return str(name or tag)
