"""Where a user of a provider belongs: the same id is another user for another provider."""

from dataclasses import dataclass

from widget_gateway.domain.ids import ProviderSlug, UserId


@dataclass(frozen=True, slots=True)
class UserPlace:
    """A user by the provider, its world, and the partner's own id. The user need not exist."""

    provider: ProviderSlug
    sandbox: bool
    user_id: UserId
