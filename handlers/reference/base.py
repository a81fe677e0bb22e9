"""What all answers of the reference share: they change only with the version of the gateway."""

import hashlib
from http import HTTPStatus

from handlers.addresses import own_origin
from handlers.base import AuthKind, BaseHandler
from handlers.public.services import PublicServices


class DescribingHandler(BaseHandler):
    """A handler whose answers anybody may read, and may keep while they stay the same."""

    services: PublicServices

    auth = AuthKind.PUBLIC

    def own_url(self) -> str:
        """The origin by which the caller reached the gateway."""
        services = self.services
        return own_origin(self.request, services.public_url, services.trusted_proxies)

    def send_unless_known(self, body: bytes, media_type: str) -> None:
        """Send the body, or 304 to a caller that has it already."""
        self.set_header("Etag", f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        self.set_header("Cache-Control", "no-cache")
        if self.check_etag_header():
            self.set_status(HTTPStatus.NOT_MODIFIED)
            self.finish()
            return
        self.set_header("Content-Type", media_type)
        self.finish(body)
