"""`test stats`: how a test is taken, how its questions are answered, and how well it measures."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click

from widget_gateway.cli.parameter_types import DateType
from widget_gateway.cli.running import harmless, json_option, print_json, print_table, run
from widget_gateway.composition.application import Backend
from widget_gateway.domain.attempts.durations import TimeTally
from widget_gateway.domain.attempts.results import Selection
from widget_gateway.domain.catalogue.estimates import MIN_N, Estimate
from widget_gateway.domain.catalogue.questions import localized
from widget_gateway.domain.catalogue.tallies import QuestionTally, ScaleStatistics
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.services.attempts.statistics import Gathered, TestStatistics

TOO_FEW = "too few"
"""What is shown in place of a statistic of fewer than MIN_N people."""

_QUARTILES = (0.25, 0.5, 0.75)


@click.command()
@click.argument("slug")
@click.option("--version", type=click.IntRange(1), help="Only this version.")
@click.option("--locale", help="Only this language.")
@click.option("--provider", help="Only visitors of this provider.")
@click.option("--from", "--since", "first", type=DateType(), help="Only from this day on (UTC).")
@click.option("--to", "--until", "last", type=DateType(), help="Only up to this day (UTC).")
@json_option
def stats(  # noqa: PLR0913 - click passes an argument for each option
    *,
    slug: str,
    version: int | None,
    locale: str | None,
    provider: str | None,
    first: date | None,
    last: date | None,
    as_json: bool,
) -> None:
    """Show the statistics of a test by version and language; the sandbox is left out.

    Nothing is told of fewer than 30 people but their number.
    """
    selection = Selection(
        test=TestSlug(slug),
        versions=() if version is None else (version,),
        locale=locale,
        provider=None if provider is None else ProviderSlug(provider),
        begin=beginning_of(first),
        end=end_of(last),
    )

    async def work(backend: Backend) -> TestStatistics:
        if selection.provider is not None:
            await backend.services.partner.providers.get(selection.provider)
        return await backend.test_statistics.gather(selection)

    statistics = run(work, as_json=as_json)
    if as_json:
        print_json(_described(slug, statistics))
    elif not statistics.versions:
        click.echo(f"{slug}: no attempts and no results")
    else:
        languages = Counter(gathered.version for gathered in statistics.versions if gathered.locale)
        for gathered in statistics.versions:
            if gathered.locale or languages[gathered.version] > 1:  # else both tables are the same
                _print(slug, gathered, statistics.funnel_since)


def beginning_of(day: date | None) -> datetime | None:
    """Return the first moment of a day in UTC."""
    return None if day is None else datetime.combine(day, datetime.min.time(), UTC)


def end_of(day: date | None) -> datetime | None:
    """Return the first moment after a day in UTC."""
    return None if day is None else beginning_of(day + timedelta(days=1))


def _described(slug: str, statistics: TestStatistics) -> dict[str, Any]:
    return {
        "test": slug,
        "attempts_since": statistics.funnel_since.isoformat(timespec="seconds"),
        "least_n": MIN_N,
        "versions": [_described_version(gathered) for gathered in statistics.versions],
    }


def _described_version(gathered: Gathered) -> dict[str, Any]:
    funnel, tally = gathered.funnel, gathered.tally
    is_enough = tally.n >= MIN_N
    return {
        "version": gathered.version,
        "locale": gathered.locale,
        "results": tally.n,
        "attempts": {
            "began": funnel.began,
            "awaiting_payment": funnel.awaiting_payment,
            "finished": funnel.finished,
        },
        "questions": [
            {
                "id": question.question.id,
                "reached": _reached(gathered, question.question.id),
                "seconds": _seconds(times),
                "answers": _answers(question) if is_enough else None,
            }
            for question, times in zip(tally.question_tallies(), gathered.times, strict=True)
        ],
        "scales": [
            _described_scale(scale.statistics()) if scale.n >= MIN_N else {"id": scale.scale.id}
            for scale in tally.scales
        ],
    }


def _reached(gathered: Gathered, question: str) -> int | None:
    """How many attempts came to the question; None where too few began."""
    funnel = gathered.funnel
    return funnel.finished + funnel.reached[question] if funnel.began >= MIN_N else None


def _seconds(times: TimeTally) -> dict[str, Any] | None:
    if times.n < MIN_N:
        return None
    low, median, high = times.quantiles(_QUARTILES)
    return {"n": times.n, "lower_quartile": low, "median": median, "upper_quartile": high}


def _answers(tally: QuestionTally) -> dict[str, Any]:
    values = tally.question.names or tuple(tally.chosen)
    return {
        "answered": tally.answered,
        "skipped": tally.skipped,
        "chosen": {value: tally.chosen[value] for value in values},
    }


def _described_scale(scale: ScaleStatistics) -> dict[str, Any]:
    return {
        "id": scale.scale.id,
        "n": scale.n,
        "mean": _described_estimate(scale.mean),
        "deviation": _described_estimate(scale.deviation),
        "alpha": _described_estimate(scale.alpha),
        "items": [
            {"question": item.question, "correlation": _described_estimate(item.correlation)}
            for item in scale.items
        ],
    }


def _described_estimate(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {name: round(number, 6) for name, number in numbers.items()} | {"n": estimate.n}


def _print(slug: str, gathered: Gathered, since: datetime) -> None:
    funnel, tally = gathered.funnel, gathered.tally
    click.echo(
        harmless(f"{slug}, version {gathered.version}, {gathered.locale or 'all languages'}")
    )
    click.echo(
        f"results: {tally.n}; attempts since {since:%Y-%m-%d}: {funnel.began} began, "
        f"{funnel.awaiting_payment} await a payment, {funnel.finished} finished\n"
    )
    if max(tally.n, funnel.began) < MIN_N:
        click.echo(f"{TOO_FEW} for statistics, which need {MIN_N}\n")
        return
    headings = ("QUESTION", "REACHED", "SECONDS (MEDIAN)", "SKIPPED", "ANSWERS")
    print_table(headings, list(_question_rows(gathered)))
    click.echo()
    if not tally.scales:
        return
    scales = [scale.statistics() if scale.n >= MIN_N else None for scale in tally.scales]
    names = [scale.scale.id for scale in tally.scales]
    print_table(
        ("SCALE", "N", "MEAN", "DEVIATION", "ALPHA"),
        [_scale_row(name, scale) for name, scale in zip(names, scales, strict=True)],
    )
    click.echo()
    print_table(
        ("SCALE", "QUESTION", "N", "WITH THE REST OF THE SCALE"),
        [
            (scale.scale.id, item.question, str(scale.n), interval_text(item.correlation))
            for scale in scales
            if scale is not None
            for item in scale.items
        ],
    )
    click.echo()


def _question_rows(gathered: Gathered) -> Iterable[tuple[str, ...]]:
    is_enough = gathered.tally.n >= MIN_N
    locale = gathered.locale or gathered.tally.test.locales[0]
    for tally, times in zip(gathered.tally.question_tallies(), gathered.times, strict=True):
        reached, seconds = _reached(gathered, tally.question.id), _seconds(times)
        labels = {
            option.name: localized(option.text, locale) or option.name
            for option in tally.question.options
        }
        chosen = _answers(tally)["chosen"]
        yield (
            tally.question.id,
            TOO_FEW if reached is None else str(reached),
            TOO_FEW if seconds is None else f"{seconds['median']:.1f}",
            str(tally.skipped) if is_enough else TOO_FEW,
            ", ".join(
                f"{labels.get(value, value)[:20]} {100 * count / max(tally.answered, 1):.0f}%"
                for value, count in chosen.items()
            )
            if is_enough
            else TOO_FEW,
        )


def _scale_row(name: str, scale: ScaleStatistics | None) -> tuple[str, ...]:
    if scale is None:
        return (name, TOO_FEW, "-", "-", "-")
    estimates = (scale.mean, scale.deviation, scale.alpha)
    return (name, str(scale.n), *map(interval_text, estimates))


def interval_text(estimate: Estimate | None) -> str:
    """Return an estimate with its interval, such as `0.83 (0.80 to 0.86)`."""
    if estimate is None:
        return "-"
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"
