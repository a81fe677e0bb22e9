"""The ten mistakes that partners make, each as a patch of the demo site.

A patch names the text that it replaces, so that a mistake can't get lost when the site changes.
"""

from dataclasses import dataclass
from pathlib import Path

SERVER = "partner_site/server.py"


@dataclass(frozen=True)
class Patch:
    """In this file, `new` takes the place of `old`, which has to be there once."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and the line of the go-live list that has to say so.

    `follows` are lines that rightly fail, too.
    """

    name: str
    line: str
    patches: tuple[Patch, ...] = ()
    follows: frozenset[str] = frozenset()


ORIGIN_MISSING = Mistake("origin missing", "origin-allowed")
"""The only mistake that is not in the site: the gateway was never told of its origin."""

MISTAKES = (
    Mistake(
        "key in the page",
        "key-stays-on-server",
        (Patch(SERVER, '{"user": user,', '{"key": KEY, "user": user,'),),
    ),
    Mistake(
        "attach without a check who is signed in",
        "attach-checks-user",
        (
            Patch(SERVER, '("webhook", "api/sign_in")', '("webhook", "api/sign_in", "api/finish")'),
            Patch(
                SERVER,
                'self.attach(self.own("attempts", "session", session))',
                'self.attach(*rows("SELECT * FROM attempts WHERE session = ?", session))',
            ),
        ),
    ),
    Mistake(
        "payment confirmed from the browser",
        "payment-from-server",
        (
            Patch(
                "site/checkout.js",
                "ask('pay', { order: order.id })",
                "ask('paid', { session: query.get('session') })",
            ),
            Patch(
                SERVER,
                "    async def post_finish(",
                "    async def post_paid(self, session: str) -> dict[str, Any]:\n"
                '        rows("UPDATE orders SET paid = 1 WHERE session = ?", session)\n'
                "        await gateway.payment_confirm(session=session)\n"
                "        return {}\n\n"
                "    async def post_finish(",
            ),
        ),
    ),
    Mistake(
        "webhook unverified",
        "webhook-verified",
        (
            Patch(
                SERVER,
                "event = api.verify_webhook("
                "WEBHOOK_SECRET, self.request.headers, self.request.body)",
                "named = lambda fields: SimpleNamespace(**fields)\n"
                "        event = json.loads(self.request.body, object_hook=named)\n"
                '        event.id = self.request.headers["webhook-id"]',
            ),
            Patch(
                SERVER,
                "from typing import Any\n",
                "from types import SimpleNamespace\nfrom typing import Any\n",
            ),
        ),
    ),
    Mistake(
        "no idempotency",
        "paid-once",
        (Patch(SERVER, "INSERT OR IGNORE INTO orders", "INSERT OR REPLACE INTO orders"),),
    ),
    ORIGIN_MISSING,
    Mistake(
        "CSP too strict",
        "csp-lets-widget",
        (Patch("site/site.json", " %CHANNEL%", ""),),
    ),
    Mistake(
        "result shown before attach",
        "result-after-attach",
        (
            Patch(
                "site/test.js",
                "    try {\n      await told;",
                "    try {\n      part('result').hidden = false;\n      await told;",
            ),
        ),
    ),
    Mistake(
        "session lost at reload",
        "session-survives-reload",
        (
            Patch("site/test.js", "if (attempt) {", "if (attempt && false) {"),
            Patch("site/test.js", "await begin(", "sessionStorage.clear();\nawait begin("),
        ),
        follows=frozenset({"second-device", "paid-goes-on"}),
    ),
    Mistake(
        "double attach",
        "attached-once",
        (
            Patch(
                "site/schema.sql",
                "session TEXT PRIMARY KEY,                  -- a session has one result",
                "session TEXT, -- a session has one result",
            ),
            Patch("site/schema.sql", "result_key TEXT NOT NULL UNIQUE", "result_key TEXT NOT NULL"),
        ),
        follows=frozenset({"webhook-repeats"}),  # since the webhook attaches, too
    ),
)


def plant(mistake: Mistake, examples: Path) -> None:
    """Make this mistake in a copy of the examples."""
    for patch in mistake.patches:
        file = examples / patch.file
        text = file.read_text("utf-8")
        assert text.count(patch.old) == 1, f"{mistake.name}: {patch.file} has no {patch.old!r}"
        file.write_text(text.replace(patch.old, patch.new), "utf-8")
