"""The logo that a form of a provider uploads."""

from handlers.console.base import ConsoleHandler
from widget_gateway.domain.errors import LogoInvalidError
from widget_gateway.domain.partners.brands import Logo
from widget_gateway.services.partners.logos import MAX_FILE_BYTES, read_logo

MAX_UPLOAD = MAX_FILE_BYTES + 2**18
"""The most bytes of a form with a logo."""


class LogoUpload(ConsoleHandler):
    """A page whose form has a file `brand_logo`."""

    def read_logo(self) -> tuple[Logo | None, str | None]:
        """Return the logo that was sent, if there is one, or the fault of the file."""
        files = self.request.files.get("brand_logo", [])
        if not files or not files[0].body:
            return None, None
        try:
            return read_logo(files[0].body), None
        except LogoInvalidError:
            return None, self.text("providers.logo_wrong")
