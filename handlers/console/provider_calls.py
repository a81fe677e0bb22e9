"""`…/calls/`: the last calls of a provider's server, and what to do about those refused."""

from handlers.console.provider_page import PAGE, PROVIDER, ProviderPage
from handlers.console.texts import Texts
from widget_gateway.domain.partners.calls import CallFilter, PartnerCall

_REFUSED = "refused"
"""The value of `only` that leaves the calls that succeeded out."""


def advice(texts: Texts, call: PartnerCall) -> str:
    """Say why a call was refused and what to do; empty if it succeeded."""
    if not call.reason:
        return ""
    key = f"calls.reason_{call.reason}"
    if not texts.has(key):
        key = f"calls.reason_{'internal' if call.status >= 500 else 'other'}"  # noqa: PLR2004
    return texts.text(key, parameter=call.parameter or "–")


class CallsHandler(ProviderPage):
    """The log of calls, newest first."""

    tab = "calls"

    async def get(self, provider: str) -> None:
        """Show a page of it."""
        found = await self.find_provider(provider)
        request_id, only = self.one_field("request_id"), self.one_field("only")
        after = self.one_field("after")
        wanted = CallFilter(
            provider=found.slug,
            sandbox=self.is_sandbox,
            only_refused=only == _REFUSED,
            request_id=request_id or None,
        )
        page, following = await self.services.call_log.list_page(
            wanted, limit=PAGE, after=after or None
        )
        texts = self.texts
        self.show_page(
            "provider_calls.html",
            found,
            calls=[(each.call, advice(texts, each.call)) for each in page],
            request_id=request_id,
            only=only,
            is_filtered=bool(request_id or only),
            next_url=following and self.here(request_id=request_id, only=only, after=following),
            first_url=self.here(request_id=request_id, only=only) if after else None,
        )


ROUTES = [(rf"{PROVIDER}calls/", CallsHandler)]
