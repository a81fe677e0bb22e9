"""What `doctor` and the console's overview find in the database."""

from widget_gateway.services.first_steps import FirstSteps
from widget_gateway.services.health import Finding, HealthService


class Doctor:
    """Makes all checks that look at the database."""

    def __init__(self, health: HealthService, first_steps: FirstSteps) -> None:
        self._health = health
        self._first_steps = first_steps

    async def examine(self) -> list[Finding]:
        """Make the checks and return their findings, good and bad.

        Raises:
            StorageUnavailableError: the database can't be reached.
        """
        return [*await self._health.examine(), *await self._first_steps.findings()]
