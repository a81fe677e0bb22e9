"""`…/keys/`: which keys a provider has, new ones, and the end of one that leaked."""

from datetime import datetime, timedelta
from http import HTTPStatus

from tornado.web import HTTPError

from handlers.console.provider_page import PROVIDER, ProviderPage
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.partners.providers import KeyFacts, Provider

OVERLAPS = {
    "0": timedelta(0),
    "1": timedelta(hours=1),
    "24": timedelta(hours=24),
    "168": timedelta(days=7),
}
"""How long old keys stay valid, by the hours that the form has."""


def is_valid(key: KeyFacts, now: datetime) -> bool:
    """Whether a key still works."""
    return key.expires_at is None or key.expires_at > now


class KeysHandler(ProviderPage):
    """Which keys there are. None of them is ever shown again."""

    tab = "keys"
    looks = Permission.KEYS_CHANGE
    changes = Permission.KEYS_CHANGE

    async def get(self, provider: str) -> None:
        """Show what is known of the keys; `end` names the one that shall end, to be asked about."""
        found = await self.find_provider(provider)
        keys = await self.services.providers.list_keys(found.slug)
        now = self.services.clock()
        valid = [key for key in keys if is_valid(key, now)]
        ending = next((key for key in valid if key.id == self.one_field("end")), None)
        self.show_page(
            "provider_keys.html",
            found,
            keys=keys,
            valid=valid,
            ending=ending,
            is_last=ending and [key.sandbox for key in valid].count(ending.sandbox) == 1,
            overlaps=list(OVERLAPS),
        )

    async def post(self, provider: str) -> None:
        """Make new keys, and show them only now; or end a key at once (`do`)."""
        found = await self.find_provider(provider)
        if self.one_field("do") == "end":
            await self._end(found, self.one_field("key"))
        else:
            await self._rotate(found)

    async def _rotate(self, found: Provider) -> None:
        hours = self.one_field("overlap")
        overlap = OVERLAPS.get(hours)
        if overlap is None:
            raise HTTPError(HTTPStatus.UNPROCESSABLE_ENTITY)
        before = {"valid_keys": await self._valid_keys(found)}
        async with self.acting(
            Deed.KEYS_ROTATE, f"provider {found.slug}", provider=found.slug, before=before
        ) as entry:
            keys = await self.services.providers.rotate_keys(found.slug, overlap)
            entry.after = {
                "valid_keys": await self._valid_keys(found),
                "old_keys_valid_hours": int(hours),
            }
        self.show_page("provider_keys_new.html", found, slug=found.slug, keys=keys, hindrances=[])

    async def _end(self, found: Provider, key_id: str) -> None:
        before = {"valid_keys": await self._valid_keys(found)}
        async with self.acting(
            Deed.KEY_END, f"provider {found.slug}", provider=found.slug, before=before
        ) as entry:
            await self.services.providers.end_key(found.slug, key_id)
            entry.after = {"valid_keys": await self._valid_keys(found)}
        self.go(self.request.path, "providers.done_end_key")

    async def _valid_keys(self, found: Provider) -> list[str]:
        """Return the ids of the keys that work, for the trail."""
        keys = await self.services.providers.list_keys(found.slug)
        now = self.services.clock()
        return [key.id for key in keys if is_valid(key, now)]


ROUTES = [(rf"{PROVIDER}keys/", KeysHandler)]
