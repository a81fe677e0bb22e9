"""`stats`: accesses, users, results, and what became of each test."""

from handlers.partner.base import PartnerHandler


class StatsHandler(PartnerHandler):
    """Statistics of the provider."""

    async def call(self) -> None:
        """Answer with all of them."""
        statistics = await self.services.statistics.read(self.caller)
        provider = statistics.provider
        body = {
            "payment_policy": provider.payment_policy.value,
            "access_limit": provider.access_limit,
            "access_count": provider.access_count,
            "access_left": statistics.access_left,
            "users": statistics.users,
            "results": statistics.results,
            "by_test": {
                slug: {
                    "started": counts.started,
                    "paused": counts.paused,
                    "finished": counts.finished,
                    "attached": counts.attached,
                }
                for slug, counts in statistics.by_test.items()
            },
        }
        self.write_marked(body)


ROUTES = [("stats", StatsHandler)]
