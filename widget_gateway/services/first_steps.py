"""What a new gateway still lacks before a partner's page can show a test, and how to add it."""

from dataclasses import dataclass
from enum import StrEnum

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


class Lack(StrEnum):
    """What a provider lacks. The value names the sentence of the console's page."""

    TESTS = "tests"
    """There are no tests at all."""

    TEST = "test"
    """A test of the agreement does not exist."""

    PUBLICATION = "publication"
    """A test has no published version."""

    WITHDRAWN = "withdrawn"
    """A test is withdrawn."""

    WIDGET = "widget"
    """A test is only calculated, so no widget can show it."""

    ORIGIN = "origin"
    """No page may show the provider's tests."""

    ACCESS = "access"
    """No access is left."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What keeps a provider from a `test`, or from all if it is None.

    `sentence` says it on the command line, with the command or option that helps.
    """

    lack: Lack
    sentence: str
    test: TestSlug | None = None


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
                detail = " ".join(hindrance.sentence for hindrance in hindrances)
                found.append(Finding(f"pages of {provider.slug}", ok=True, detail=detail))
        return found

    async def hindrances(self, agreed: Provider) -> list[Hindrance]:
        """Return what keeps an enabled provider from the tests that were agreed on.

        The provider need not be stored yet.
        """
        if not agreed.enabled:
            return []
        states = {state.slug: state for state in await self._catalogue.list_states()}
        named = dict.fromkeys((*agreed.main_tests, *agreed.bonus_tests))
        found = [await self._hindrance(slug, states.get(slug)) for slug in named]
        if not states:
            found.append(Hindrance(Lack.TESTS, f"There are no tests yet; do: {IMPORT_TESTS}"))
        if not agreed.origins and not agreed.allow_no_origin:
            why = "No page may show its tests before its origin is allowed: --origin URL"
            found.append(Hindrance(Lack.ORIGIN, why))
        if not agreed.has_access_left:
            why = "It has no access left, so it can register no user: --access-limit N"
            found.append(Hindrance(Lack.ACCESS, why))
        return [hindrance for hindrance in found if hindrance]

    async def _hindrance(self, slug: TestSlug, state: TestState | None) -> Hindrance | None:
        """Return why visitors can't take a test that a provider may use; None if they can."""
        if state is None:  # Former gateways did not check the names of an agreement.
            return Hindrance(Lack.TEST, f"There is no test {slug}.", slug)
        if state.current is None or state.withdrawn:
            lack = Lack.PUBLICATION if state.current is None else Lack.WITHDRAWN
            why = "a draft" if state.current is None else "withdrawn"
            publish = f"widget-gateway test publish {slug}"
            return Hindrance(
                lack, f"Visitors can't take {slug}, which is {why}; do: {publish}", slug
            )
        current = await self._catalogue.get_version(slug, state.current)
        if current.access is AccessMode.CALCULATION:
            why = f"{slug} is only calculated: no widget can show it."
            return Hindrance(Lack.WIDGET, why, slug)
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
