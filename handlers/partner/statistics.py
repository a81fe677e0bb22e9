"""`stats`: numbers of accesses, users and results, and of attempts by test."""

from typing import Annotated

import msgspec
from msgspec import Meta

from handlers.contract.operations import Operation, Operations
from handlers.partner.base import Marked, PartnerHandler
from handlers.partner.parameters import CALLER
from widget_gateway.domain.partners.providers import PaymentPolicy


class CountsOfTest(msgspec.Struct):
    """The attempts at a test by what became of them."""

    started: int
    paused: int
    finished: int
    attached: int


class Stats(Marked):
    """`stats`' answer."""

    payment_policy: PaymentPolicy
    access_limit: int
    access_count: int
    access_left: Annotated[int | None, Meta(description="Null where there is no limit.")]
    users: int
    results: int
    by_test: dict[str, CountsOfTest]


class StatsHandler(PartnerHandler):
    """Count the accesses, users, results and attempts of the provider."""

    operations = Operations.by_get_and_post(
        Operation(
            summary="Accesses, users, results and tests in numbers",
            optional=CALLER,
            answer=Stats,
            example={
                "payment_policy": "prepaid",
                "access_limit": 100,
                "access_count": 17,
                "access_left": 83,
                "users": 17,
                "results": 15,
                "by_test": {
                    "career-interests": {
                        "started": 21,
                        "paused": 19,
                        "finished": 15,
                        "attached": 15,
                    }
                },
            },
        )
    )

    async def call(self) -> Stats:
        """Answer with the numbers."""
        statistics = await self.services.statistics.read(self.caller)
        provider = statistics.provider
        return Stats(
            payment_policy=provider.payment_policy,
            access_limit=provider.access_limit,
            access_count=provider.access_count,
            access_left=statistics.access_left,
            users=statistics.users,
            results=statistics.results,
            by_test={
                slug: CountsOfTest(counts.started, counts.paused, counts.finished, counts.attached)
                for slug, counts in statistics.by_test.items()
            },
            sandbox=self.caller.sandbox,
        )


ROUTES = [("stats", StatsHandler)]
