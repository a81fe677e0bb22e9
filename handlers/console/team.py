"""`/console/providers/<slug>/team/`: who may sign in for a provider."""

from http import HTTPStatus

from tornado.web import HTTPError

from handlers.console.accounts import InvitingHandler, MemberForm
from handlers.console.provider_page import PROVIDER, ProviderPage
from widget_gateway.domain.console.roles import Permission, Role
from widget_gateway.domain.ids import ProviderSlug


class TeamHandler(InvitingHandler, ProviderPage):
    """The accounts of one provider, for its own partners and for admins."""

    tab = "team"
    looks = Permission.TEAM
    changes = Permission.TEAM

    async def get(self, provider: str) -> None:
        """List the team."""
        await self._show(provider, MemberForm(None, self.language), HTTPStatus.OK)

    async def post(self, provider: str) -> None:
        """Invite a colleague, or do something with one (`account`)."""
        await self.find_provider(provider)
        chosen = self.get_body_argument("account", "")
        if chosen:
            account = await self.find(chosen)
            if account.provider != provider:
                raise HTTPError(HTTPStatus.NOT_FOUND)
            await self.do(account)
            return
        form = self.form(MemberForm)
        if not await self.create(form, Role.PARTNER, ProviderSlug(provider)):
            await self._show(provider, form, HTTPStatus.UNPROCESSABLE_ENTITY)

    async def _show(self, slug: str, form: MemberForm, status: HTTPStatus) -> None:
        provider = await self.find_provider(slug)
        members = await self.list_page(provider.slug)
        self.show_page(
            "team.html",
            provider,
            status=status,
            form=form,
            may_invite=self.may_invite,
            **members,
        )


ROUTES = [(rf"{PROVIDER}team/", TeamHandler)]
