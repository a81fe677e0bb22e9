"""All routes of the console by all roles, for tests/console/test_roles.py."""

from typing import NamedTuple


class Row(NamedTuple):
    """A route: an address of it, who may look at it, and who may send its form.

    Roles are letters: a(dmin), e(ditor), s(upport), p(artner, of its own provider), and `*` for
    people who need not be signed in. An empty text says that there is no such method.
    """

    example: str
    looks: str = ""
    changes: str = ""


UNKNOWN = "9b0e7f62-4c1d-4f0e-9a53-6d1c2f7e8a90"
"""An id that nothing has."""

NO_DRAFT = "0" * 32
"""The id of a draft that does not exist."""

ROUTES = (
    Row("/console/", "aesp"),
    Row("/console/sign-in/", "*", "*"),
    Row("/console/sign-out/", "", "*"),
    Row("/console/account/", "aesp", "aesp"),
    Row("/console/account/password/", "aesp", "aesp"),
    Row("/console/account/second-factor/", "aesp", "aesp"),
    Row("/console/invitation/", "*", "*"),
    Row("/console/accounts/", "a", "a"),
    Row(f"/console/accounts/{UNKNOWN}/", "a", "a"),
    Row("/console/providers/college/team/", "ap", "ap"),
    Row("/console/providers/", "as"),
    Row("/console/new-provider/", "a", "a"),
    Row("/console/providers/college/edit/", "a", "a"),
    Row("/console/providers/college/keys/", "ap", "ap"),
    Row("/console/providers/college/limit/", "a", "a"),
    Row("/console/second-factor/", "*", "*"),
    Row("/console/attempts/", "as"),
    Row(f"/console/attempts/attempt/{UNKNOWN}/", "as"),
    Row(f"/console/attempts/result/{UNKNOWN}/answers/", "a", "a"),
    Row("/console/providers/college/", "asp"),
    Row("/console/providers/college/calls/", "asp"),
    Row("/console/people/", "as"),
    Row("/console/people/address/", "as", "as"),
    Row("/console/people/person/", "as"),
    Row("/console/people/person/sign-ins/", "", "as"),
    Row("/console/people/person/lock/", "", "as"),
    Row("/console/people/person/export/", "", "a"),
    Row("/console/people/person/erase/", "", "a"),
    Row("/console/providers/college/users/", "asp"),
    Row("/console/providers/college/users/user/", "asp"),
    Row("/console/providers/college/users/report/", "ap"),
    Row("/console/providers/college/invoices/", "asp"),
    Row("/console/providers/college/webhooks/", "asp"),
    Row("/console/providers/college/webhooks/target/", "", "ap"),
    Row("/console/providers/college/webhooks/replay/", "", "asp"),
    Row("/console/providers/college/privacy/", "ap"),
    Row("/console/providers/college/privacy/export/", "", "ap"),
    Row("/console/providers/college/privacy/erase/", "", "ap"),
    Row("/console/providers/college/privacy/retention/", "", "ap"),
    Row("/console/qua/", "aes", "ae"),
    Row("/console/qua/report/", "aes"),
    Row("/console/qua/users/999/", "aes", "ae"),
    Row("/console/qua/users/999/password/", "aes", "ae"),
    Row("/console/qua/users/999/removal/", "aes", "ae"),
    Row("/console/trail/", "as"),
    Row("/console/trail/export/", "as", "as"),
    Row("/console/tests/", "aesp"),
    Row("/console/tests/test/work-values/", "aesp", "ae"),
    Row("/console/tests/test/work-values/comparison/", "aes"),
    Row("/console/tests/test/work-values/versions/1/", "aes"),
    Row("/console/tests/test/work-values/preview/", "", "aesp"),
    Row("/console/tests/drafts/", "aes", "ae"),
    Row(f"/console/tests/drafts/{NO_DRAFT}/", "aes", "ae"),
    Row(f"/console/tests/drafts/{NO_DRAFT}/source/", "aes"),
    Row(f"/console/tests/drafts/{NO_DRAFT}/comparison/", "aes"),
    Row(f"/console/tests/drafts/{NO_DRAFT}/preview/", "", "aes"),
    Row(f"/console/tests/previews/_{NO_DRAFT}/", "aesp"),
    Row(f"/console/tests/previews/_{NO_DRAFT}/token/", "", "aesp"),
    Row(f"/console/tests/previews/_{NO_DRAFT}/payment/", "", "aesp"),
    Row(f"/console/tests/previews/_{NO_DRAFT}/report/", "aesp"),
)
