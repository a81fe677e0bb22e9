"""What a new gateway still lacks before a partner's page can show a test, and how to add it."""

from dataclasses import dataclass

import structlog

from widget_gateway.domain.catalogue.tests import AccessMode, TestState
from widget_gateway.domain.ids import TestSlug
from widget_gateway.domain.partners.providers import Provider
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.health import Finding
from widget_gateway.services.partners.providers import ProviderService

IMPORT_TESTS = "widget-gateway test import --bundled"
PUBLISH_TEST = "widget-gateway test publish SLUG"
CREATE_PROVIDER = (
    'widget-gateway provider create --slug college --name "The College" '
    "--origin https://college.example --policy postpaid"
)
ENABLE_PROVIDER = "widget-gateway provider update SLUG --enable"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """A thing that a gateway lacks, and the command that adds it."""

    subject: str
    lack: str
    command: str


class FirstSteps:
    """Looks whether visitors can take any test for any provider.

    A gateway without tests or providers is in order: it may serve the portal or QUA only.
    """

    def __init__(self, catalogue: Catalogue, providers: ProviderService) -> None:
        self._catalogue = catalogue
        self._providers = providers

    async def log(self) -> None:
        """Log what is lacking."""
        for step in (await self._look_at_tests(), await self._look_at_providers()):
            if isinstance(step, Step):
                _log.info(
                    "gateway_incomplete", lacking=step.subject, why=step.lack, command=step.command
                )

    async def findings(self) -> list[Finding]:
        """Return what `doctor` says about tests and providers."""
        found = []
        for subject, step in (
            ("tests", await self._look_at_tests()),
            ("providers", await self._look_at_providers()),
        ):
            detail = f"{step.lack}; do: {step.command}" if isinstance(step, Step) else step
            found.append(Finding(subject, ok=True, detail=detail))
        for provider in await self._providers.list_all():
            if hindrances := await self.hindrances(provider):
                detail = " ".join(hindrances)
                found.append(Finding(f"pages of {provider.slug}", ok=True, detail=detail))
        return found

    async def hindrances(self, agreed: Provider) -> list[str]:
        """Return what keeps an enabled provider from the tests that were agreed on, as sentences.

        The provider need not be stored yet.
        """
        if not agreed.enabled:
            return []
        states = {state.slug: state for state in await self._catalogue.list_states()}
        named = dict.fromkeys((*agreed.main_tests, *agreed.bonus_tests))
        found = [await self._hindrance(slug, states.get(slug)) for slug in named]
        if not states:
            found.append(f"There are no tests yet; do: {IMPORT_TESTS}")
        if not agreed.origins and not agreed.allow_no_origin:
            found.append("No page may show its tests before its origin is allowed: --origin URL")
        if not agreed.has_access_left:
            found.append("It has no access left, so it can register no user: --access-limit N")
        return [sentence for sentence in found if sentence]

    async def _hindrance(self, slug: TestSlug, state: TestState | None) -> str | None:
        """Return why visitors can't take a test that a provider may use; None if they can."""
        if state is None:  # Former gateways did not check the names of an agreement.
            return f"There is no test {slug}."
        if state.current is None or state.withdrawn:
            why = "a draft" if state.current is None else "withdrawn"
            publish = f"widget-gateway test publish {slug}"
            return f"Visitors can't take {slug}, which is {why}; do: {publish}"
        current = await self._catalogue.get_version(slug, state.current)
        if current.access is AccessMode.CALCULATION:
            return f"{slug} is only calculated: no widget can show it."
        return None

    async def _look_at_tests(self) -> Step | str:
        states = await self._catalogue.list_states()
        count = sum(state.name == "published" for state in states)
        if count:
            return f"{count} that visitors can take"
        if states:
            return Step("tests", "all are drafts or withdrawn", PUBLISH_TEST)
        return Step("tests", "there are none yet", IMPORT_TESTS)

    async def _look_at_providers(self) -> Step | str:
        providers: list[Provider] = await self._providers.list_all()
        count = sum(provider.enabled for provider in providers)
        if count:
            return f"{count} enabled"
        if providers:
            return Step("providers", "all are disabled", ENABLE_PROVIDER)
        return Step("providers", "there are none yet", CREATE_PROVIDER)
