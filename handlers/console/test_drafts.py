"""`/console/tests/drafts/`: uploads of tests, with their faults beside the lines of the source."""

import re
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

from wtforms import StringField, TextAreaField
from wtforms.validators import AnyOf, Length, NumberRange, Optional, Regexp, ValidationError

from handlers.console.forms import ConsoleForm, WholeNumberField
from handlers.console.sources import source_text, text_of
from handlers.console.tests import TESTS, TestsHandler, path_of, shown_comparison
from widget_gateway.domain.catalogue.comparison import Comparison
from widget_gateway.domain.catalogue.tests import AccessMode
from widget_gateway.domain.console.drafts import DraftId, ImportWishes, TestDraft
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import (
    DraftChangedError,
    DraftNotFoundError,
    TestChangedError,
    UploadFault,
    UploadInvalidError,
)
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.uploads import (
    MAX_FILES,
    MAX_TOTAL_BYTES,
    MAX_UPLOAD_BYTES,
    UploadedFile,
)
from widget_gateway.services.console.drafts import is_editable

DRAFTS = f"{TESTS}drafts/"
PAGE = 30
"""Drafts on a page of the list."""

FORM_BYTES = 64 * 2**10
"""Bytes of a request besides its files."""

_ID = r"(?P<draft>[0-9a-f]{32})"
_DRAFT_ID = re.compile("[0-9a-f]{32}")
_MIB = 2**20


class WishesForm(ConsoleForm):
    """What an author says about the files, as the options of `test import` do."""

    slug = StringField(
        validators=[Optional(), Regexp(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\Z")], default=""
    )
    text_language = StringField(
        validators=[Optional(), Regexp(r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")], default=""
    )
    access = StringField(
        validators=[Optional(), AnyOf((AccessMode.FREE.value, AccessMode.PAID.value))], default=""
    )
    pause_after = WholeNumberField(validators=[Optional(), NumberRange(1, 1_000)])
    images = StringField(validators=[Optional(), Length(max=500)], default="")
    columns = TextAreaField(validators=[Optional(), Length(max=2_000)], default="")

    def validate_columns(self, field: TextAreaField) -> None:
        """Refuse lines that are no `COLUMN=FIELD`."""
        for line in filter(None, map(str.strip, (field.data or "").splitlines())):
            column, _, name = line.rpartition("=")
            if not column.strip() or not name.strip():
                raise ValidationError(line[:100])

    @property
    def wishes(self) -> ImportWishes:
        """What was said."""
        return ImportWishes(
            slug=self.slug.data or "",
            locale=self.text_language.data or "",
            access=self.access.data or "",
            pause_after=self.pause_after.data,
            images=self.images.data or "",
            columns=(self.columns.data or "").strip(),
        )


class DraftsHandler(TestsHandler):
    """What the pages of drafts share. Partners have none of them."""

    changes: ClassVar[Permission | None] = Permission.TESTS_CHANGE
    max_body_bytes = MAX_UPLOAD_BYTES + FORM_BYTES

    async def authenticate(self) -> None:
        """Find out who calls; to partners there are no drafts."""
        await super().authenticate()
        self.refuse_partners()

    def uploaded(self) -> list[UploadedFile]:
        """Return the files of the form, without the nameless one that stands for none."""
        return [
            UploadedFile(file["filename"], file["body"])
            for file in self.request.files.get("files", ())
            if file["filename"]
        ]

    async def draft(self, draft_id: str) -> TestDraft:
        """Return a draft.

        Raises:
            DraftNotFoundError: there is none.
        """
        return await self.services.drafts.get(DraftId(draft_id))

    def upload_fault(self, error: UploadInvalidError) -> str:
        """Say in the page's language why files are not taken."""
        limits = {
            UploadFault.TOO_MANY: MAX_FILES,
            UploadFault.TOO_LARGE: MAX_TOTAL_BYTES // _MIB,
        }
        key = f"tests.upload_{error.fault}"
        return self.text(key, name=error.about, most=limits.get(error.fault, 0))

    async def show_draft(
        self, draft: TestDraft, status: HTTPStatus = HTTPStatus.OK, **values: Any
    ) -> None:
        """Show the page of a draft."""
        files = await self._sources(draft)
        current = {
            test.slug: await self.services.drafts.current_of(test.slug)
            for test in draft.outcome.tests
        }
        self.show(
            "test_draft.html",
            status=status,
            **{
                "draft": draft,
                "base": f"{DRAFTS}{draft.id}/",
                "files": files,
                "current": current,
                "localized": self.localized,
                "is_editable": is_editable,
                "fault": None,
                "test_fault": {},
                "edited": {},
            }
            | values,
        )

    async def _sources(self, draft: TestDraft) -> dict[str, Any]:
        """Return the sources that the page shows: where something was found, and a single file."""
        names = [
            name for name in draft.sizes if len(draft.sizes) == 1 or draft.outcome.found_in(name)
        ]
        contents = await self.services.drafts.read_files(draft.id) if names else {}
        sources = {}
        for name in names:
            text = text_of(name, contents[name])
            findings = draft.outcome.found_in(name)
            sources[name] = source_text(text, findings, is_whole=False) if text else None
        return sources


class DraftListHandler(DraftsHandler):
    """The drafts, the newest first, and the form that uploads another."""

    async def get(self) -> None:
        """Show a page of the list."""
        await self._show(WishesForm(None, self.language))

    async def _show(
        self, form: WishesForm, status: HTTPStatus = HTTPStatus.OK, fault: str | None = None
    ) -> None:
        before = self.get_query_argument("after", "")
        start = DraftId(before) if _DRAFT_ID.fullmatch(before) else None
        found = await self.services.drafts.list_page(start, PAGE + 1)
        next_url = None
        if len(found) > PAGE:
            next_url = f"{DRAFTS}?{urlencode({'after': found[PAGE - 1].id})}"
        self.show(
            "test_drafts.html",
            status=status,
            form=form,
            fault=fault,
            drafts=found[:PAGE],
            next_url=next_url,
            first_url=DRAFTS if start else None,
            most_bytes=MAX_UPLOAD_BYTES // _MIB,
            most_files=MAX_FILES,
        )

    async def post(self) -> None:
        """Upload files, and show the draft that they make."""
        form = self.form(WishesForm)
        is_sound = form.validate()
        if form.access.data == AccessMode.FREE and form.pause_after.data:
            form.refuse("pause_after", self.text("tests.upload_access"))
            is_sound = False
        if not is_sound:
            await self._show(form, HTTPStatus.UNPROCESSABLE_ENTITY)
            return
        files = self.uploaded()
        try:
            async with self.acting(Deed.TEST_UPLOAD, "draft") as entry:
                drafts = self.services.drafts
                draft = await drafts.upload(files, form.wishes, self.account.login)
                entry.after = _told(draft)
        except UploadInvalidError as error:
            await self._show(form, HTTPStatus.UNPROCESSABLE_ENTITY, self.upload_fault(error))
            return
        self.go(f"{DRAFTS}{draft.id}/", "tests.done_uploaded")


class DraftHandler(DraftsHandler):
    """A draft: its tests, the faults of its files beside the source, and what can be done."""

    async def get(self, draft: str) -> None:
        """Show the draft."""
        await self.show_draft(await self.draft(draft))

    async def post(self, draft: str) -> None:
        """Mend a file as text, upload the files again, publish a test, or remove the draft."""
        known = await self.draft(draft)
        do = self.one_field("do")
        if do == "publish":
            await self._publish(known)
        elif do == "remove":
            async with self.acting(
                Deed.TEST_DRAFT_REMOVE, f"draft {known.id}", before=_told(known)
            ):
                await self.services.drafts.remove(known.id)
            self.go(DRAFTS, "tests.done_removed")
        else:
            await self._mend(known, is_upload=do == "upload")

    async def _mend(self, draft: TestDraft, *, is_upload: bool) -> None:
        drafts = self.services.drafts
        name = self.one_field("file")
        text = next(iter(self.fields().getlist("text")), "")
        revision = self.one_field("revision")
        number = int(revision) if revision.isascii() and revision.isdecimal() else 0
        try:
            async with self.acting(
                Deed.TEST_UPLOAD, f"draft {draft.id}", before=_told(draft)
            ) as entry:
                if is_upload:
                    changed = await drafts.upload_again(draft, number, self.uploaded())
                else:
                    changed = await drafts.edit(draft, number, name, text)
                entry.after = _told(changed)
        except UploadInvalidError as error:
            kept = {} if is_upload else {"edited": {name: text}}
            await self.show_draft(
                draft,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                fault=self.upload_fault(error),
                **kept,
            )
            return
        except DraftChangedError as error:
            # What was written is not lost: it stands in the form, over what is stored now.
            kept = {} if is_upload else {"edited": {name: text}}
            await self.show_draft(
                await self.draft(draft.id),
                HTTPStatus.CONFLICT,
                fault=self.sentence(error, HTTPStatus.CONFLICT),
                **kept,
            )
            return
        self.go(f"{DRAFTS}{draft.id}/", "tests.done_checked")

    async def _publish(self, draft: TestDraft) -> None:
        slug = TestSlug(self.one_field("test"))
        told = self.one_field("onto")
        onto = int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else None  # noqa: PLR2004 - it fits into the database
        if draft.outcome.of(slug) is None:
            raise DraftNotFoundError
        is_overtaken = onto != draft.based_on.get(slug)
        if is_overtaken and self.one_field("sure") != "yes":
            fault = {slug: self.text("tests.overtaken_unsure")}
            await self.show_draft(draft, HTTPStatus.UNPROCESSABLE_ENTITY, test_fault=fault)
            return
        try:
            async with self.acting(
                Deed.TEST_PUBLISH, f"test {slug}", before={"version": onto}
            ) as entry:
                imported = await self.services.drafts.publish(draft, slug, onto)
                entry.after = {"version": imported.version, "draft": draft.id}
        except TestChangedError as error:
            fault = {slug: self.sentence(error, HTTPStatus.CONFLICT)}
            await self.show_draft(draft, HTTPStatus.CONFLICT, test_fault=fault)
            return
        self.go(path_of(slug), "tests.done_published" if imported.is_new else "tests.done_same")


class DraftSourceHandler(DraftsHandler):
    """A file of a draft: the whole source, in a field if it can be mended as text."""

    changes = None

    async def get(self, draft: str) -> None:
        """Show the file."""
        known = await self.draft(draft)
        name = self.one_field("file")
        text = text_of(name, await self.services.drafts.read_file(known.id, name))
        self.show(
            "test_source.html",
            draft=known,
            base=f"{DRAFTS}{known.id}/",
            name=name,
            text=text,
            source=None
            if text is None
            else source_text(text, known.outcome.found_in(name), is_whole=True),
            is_editable=text is not None and is_editable(name),
        )


class DraftComparisonHandler(DraftsHandler):
    """What differs between the published version of a test and that of a draft."""

    changes = None

    async def get(self, draft: str) -> None:
        """Show what differs."""
        known = await self.draft(draft)
        slug = TestSlug(self.one_field("test"))
        _, definition = await self.services.drafts.definition_of(known, slug)
        old = await self.services.catalogue.get_version(
            slug, await self.services.drafts.current_of(slug) or 0
        )
        self.show(
            "test_comparison.html",
            title=self.localized(definition.test.title),
            slug=slug,
            back=f"{DRAFTS}{known.id}/",
            **shown_comparison(Comparison(old, definition.test)),
            is_scored=False,
            is_all=True,
            here=None,
        )


def _told(draft: TestDraft) -> dict[str, Any]:
    """What the trail tells of a draft."""
    return {
        "draft": draft.id,
        "name": draft.name,
        "revision": draft.revision,
        "tests": [test.slug for test in draft.outcome.tests],
        "faults": draft.outcome.faults,
    }


ROUTES = [
    (DRAFTS, DraftListHandler),
    (rf"{DRAFTS}{_ID}/", DraftHandler),
    (rf"{DRAFTS}{_ID}/source/", DraftSourceHandler),
    (rf"{DRAFTS}{_ID}/comparison/", DraftComparisonHandler),
]
