"""Reports of results, made by worker processes, and cached."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from functools import partial

import msgspec

from handlers.documents.worker_pool import PdfRenderer, WorkerPool
from widget_gateway.domain.catalogue.report_shapes import ReportBrand
from widget_gateway.domain.catalogue.reports import make_report
from widget_gateway.domain.ids import ResultKey
from widget_gateway.domain.partners.brands import Brand
from widget_gateway.services.attempts.results import AnsweredTest
from widget_gateway.services.partners.providers import ProviderService

KEPT_BYTES = 32 * 2**20
"""The most bytes of cached reports: some five hundred reports with their PDFs."""

_Name = tuple[ResultKey, str, str, Brand]


class _ReportWriter(WorkerPool):
    """Writes reports. Each takes about ten milliseconds, so many may wait."""

    product = "report"
    module = "handlers.documents.report_worker"
    places = 4_000


class Reports:
    """Makes and caches reports by key, locale, form and the mark of the partner.

    Results never change, and the mark names its logo by its hash, so these tell all of a report.
    """

    def __init__(self, pdf: PdfRenderer, providers: ProviderService) -> None:
        self._pdf = pdf
        self._providers = providers
        self._writer = _ReportWriter()
        self._kept: OrderedDict[_Name, asyncio.Task[bytes]] = OrderedDict()
        self._bytes = 0

    async def get(
        self, key: ResultKey, answered: AnsweredTest, locale: str, form: str, party: Hashable
    ) -> bytes:
        """The report as `html`, `pdf` or `svg`. A report is made once for all who wait for it.

        Raises:
            BusyError: too many of the party are waiting.
            RenderingError: the report can't be made.
        """
        name = (key, locale, form, answered.brand)
        task = self._kept.get(name)
        if task is None:
            task = asyncio.create_task(self._make(key, answered, locale, form, party))
            self._kept[name] = task
            task.add_done_callback(partial(self._settle, name))
        self._kept.move_to_end(name)
        return await asyncio.shield(task)

    async def _make(
        self, key: ResultKey, answered: AnsweredTest, locale: str, form: str, party: Hashable
    ) -> bytes:
        if form == "pdf":
            html = await self.get(key, answered, locale, "html", party)
            return await self._pdf.make(lambda: html, party)
        brand = await self._brand(answered.brand)
        return await self._writer.make(partial(_request, answered, locale, form, brand), party)

    async def _brand(self, brand: Brand) -> ReportBrand:
        logo = await self._providers.find_logo(brand.logo) if brand.logo else None
        return ReportBrand(name=brand.name, color=brand.color, logo=logo.address if logo else None)

    def forget(self, key: ResultKey | None) -> None:
        """Forget the reports of a result that was removed, or all if None.

        One that is being made reaches those who wait for it, and is not kept.
        """
        for name in [name for name in self._kept if key is None or name[0] == key]:
            task = self._kept.pop(name)
            if _is_made(task):
                self._bytes -= len(task.result())

    def _settle(self, name: _Name, task: asyncio.Task[bytes]) -> None:
        is_made = _is_made(task)
        if self._kept.get(name) is not task:  # Its result was removed meanwhile.
            return
        if not is_made:
            del self._kept[name]
            return
        self._bytes += len(task.result())
        while self._bytes > KEPT_BYTES and (oldest := next(iter(self._kept.values()))).done():
            self._kept.popitem(last=False)
            self._bytes -= len(oldest.result())

    async def close(self) -> None:
        """End the worker processes."""
        await self._writer.close()


def _is_made(task: asyncio.Task[bytes]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _request(answered: AnsweredTest, locale: str, form: str, brand: ReportBrand) -> bytes:
    """A request to the worker, a `Request` of handlers/documents/report_worker.py."""
    report = make_report(
        answered.test, answered.sheet, locale, answered.created_at, sandbox=answered.sandbox
    )
    return msgspec.json.encode({"form": form, "report": replace(report, brand=brand)})
