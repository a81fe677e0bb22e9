"""The client for asyncio.

Printed by `python -m clients.generator`; do not edit.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Literal, Optional

from widget_gateway_client import answers
from widget_gateway_client.nonblocking import AsyncConnection
from widget_gateway_client.parameters import Day, Key, Name, Progress
from widget_gateway_client.reading import File


class AsyncClient(AsyncConnection):
    """The partner API: a method for each call, with the API's own names."""

    async def user_register(
        self,
        *,
        user_id: Optional[Name] = None,
        user_key: Optional[Key] = None,
        idempotency_key: Optional[str] = None,
    ) -> answers.RegisteredUser:
        """Register a user.

        Issues one access to a new user. A repeat returns the same key and costs nothing.
        """
        return await self._call(
            answers.RegisteredUser,
            "user/register",
            {"user_id": user_id, "user_key": user_key},
            idempotency_key,
            writes=True,
        )

    async def users(
        self,
        *,
        test: Optional[Name] = None,
        passed: Optional[bool] = None,
        limit: Optional[int] = None,
        after: Optional[Name] = None,
    ) -> answers.UserList:
        """List users and their results.

        Oldest first. A `test` without `passed` means those who have passed it.
        """
        return await self._call(
            answers.UserList,
            "users",
            {"test": test, "passed": passed, "limit": limit, "after": after},
        )

    def users_all(
        self,
        *,
        test: Optional[Name] = None,
        passed: Optional[bool] = None,
        limit: Optional[int] = None,
    ) -> AsyncIterator[answers.ListedUser]:
        """The users of all pages of `users`, which are fetched as needed."""
        return self._all(
            answers.UserList, "users", "users", {"test": test, "passed": passed, "limit": limit}
        )

    async def user_tests(
        self, *, user_id: Optional[Name] = None, user_key: Optional[Key] = None
    ) -> answers.TestsOfUser:
        """What a user has passed and may still pass.

        A `user_key` alone will do. Asking registers nobody.
        """
        return await self._call(
            answers.TestsOfUser, "user/tests", {"user_id": user_id, "user_key": user_key}
        )

    async def access_token(
        self,
        *,
        test: Name,
        user_id: Optional[Name] = None,
        user_key: Optional[Key] = None,
        paid: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> answers.IssuedToken:
        """Issue a one-time access token.

        The token opens one attempt at one test for one user, within 24 hours. A new
        `user_id` is registered, which issues an access.
        """
        return await self._call(
            answers.IssuedToken,
            "access/token",
            {"test": test, "user_id": user_id, "user_key": user_key, "paid": paid},
            idempotency_key,
            writes=True,
        )

    async def progress_save(
        self,
        *,
        test: Name,
        progress: Progress,
        user_id: Optional[Name] = None,
        user_key: Optional[Key] = None,
        idempotency_key: Optional[str] = None,
    ) -> answers.SavedResult:
        """Save answers as a result.

        With `user_key` the result is attached to that user; without it is a guest's, to be
        attached later. A result needs every question of the test.
        """
        return await self._call(
            answers.SavedResult,
            "progress/save",
            {"test": test, "progress": progress, "user_id": user_id, "user_key": user_key},
            idempotency_key,
            writes=True,
        )

    async def session_get(self, *, session: Key) -> answers.SessionState:
        """State and answers of an attempt."""
        return await self._call(answers.SessionState, "session/get", {"session": session})

    async def payment_confirm(
        self,
        *,
        session: Key,
        payment_id: Optional[Name] = None,
        idempotency_key: Optional[str] = None,
    ) -> answers.Done:
        """Confirm the payment of an attempt.

        The waiting widget goes on by itself, wherever it is connected. A repeat changes
        nothing.
        """
        return await self._call(
            answers.Done,
            "payment/confirm",
            {"session": session, "payment_id": payment_id},
            idempotency_key,
            writes=True,
        )

    async def result_attach(
        self,
        *,
        result_key: Key,
        user_id: Optional[Name] = None,
        user_key: Optional[Key] = None,
        idempotency_key: Optional[str] = None,
    ) -> answers.Done:
        """Attach a result to a user.

        A new `user_id` is registered, which issues an access. A repeat for the same user
        changes nothing; a refusal costs nothing.
        """
        return await self._call(
            answers.Done,
            "result/attach",
            {"result_key": result_key, "user_id": user_id, "user_key": user_key},
            idempotency_key,
            writes=True,
        )

    async def result_get(
        self, *, result_key: Key, locale: Optional[str] = None
    ) -> answers.Calculation:
        """Fetch a result.

        Any number of times. Only results that are attached, and only the provider's own. A
        provider whose results are open may omit the key. HTML, PDF and SVG are the report:
        for people, with charts and the texts of the test.
        """
        return await self._call(
            answers.Calculation, "result/get", {"result_key": result_key, "locale": locale}
        )

    async def result_get_file(
        self,
        *,
        result_key: Key,
        format: Literal["html", "pdf", "svg"],
        locale: Optional[str] = None,
    ) -> File:
        """The same as `result_get` for people: html, pdf, svg."""
        media_types: Mapping[str, str] = {
            "html": "text/html",
            "pdf": "application/pdf",
            "svg": "image/svg+xml",
        }
        return await self._file(
            media_types[format],
            "result/get",
            {"result_key": result_key, "format": format, "locale": locale},
        )

    async def answers_get(
        self, *, result_key: Key, locale: Optional[str] = None
    ) -> list[answers.AnsweredQuestion]:
        """Fetch the answers behind a result."""
        return await self._call(
            list[answers.AnsweredQuestion],
            "answers/get",
            {"result_key": result_key, "locale": locale},
        )

    async def stats(self) -> answers.Stats:
        """Accesses, users, results and tests in numbers."""
        return await self._call(answers.Stats, "stats", {})

    async def invoice(
        self, *, from_: Day, to: Day, locale: Optional[Literal["ru", "en"]] = None
    ) -> answers.InvoiceAnswer:
        """Invoice for a period.

        The accesses that were issued from the first day to the last, both included, by the
        UTC calendar, each at the price of when it was issued. The invoice of a past period
        never changes, even if the agreement does. A sandbox key gets an empty one. HTML and
        PDF sum more than 300 accesses up by day.
        """
        return await self._call(
            answers.InvoiceAnswer, "invoice", {"from": from_, "to": to, "locale": locale}
        )

    async def invoice_file(
        self,
        *,
        from_: Day,
        to: Day,
        format: Literal["html", "pdf", "csv"],
        locale: Optional[Literal["ru", "en"]] = None,
    ) -> File:
        """The same as `invoice` for people: html, pdf, csv."""
        media_types: Mapping[str, str] = {
            "html": "text/html",
            "pdf": "application/pdf",
            "csv": "text/csv",
        }
        return await self._file(
            media_types[format],
            "invoice",
            {"from": from_, "to": to, "format": format, "locale": locale},
        )

    async def webhook_deliveries(
        self,
        *,
        state: Optional[Literal["waiting", "delivered", "failed"]] = None,
        limit: Optional[int] = None,
        after: Optional[Name] = None,
    ) -> answers.DeliveryList:
        """List the webhook's deliveries.

        Newest first; kept for 30 days.
        """
        return await self._call(
            answers.DeliveryList,
            "webhook/deliveries",
            {"state": state, "limit": limit, "after": after},
        )

    def webhook_deliveries_all(
        self,
        *,
        state: Optional[Literal["waiting", "delivered", "failed"]] = None,
        limit: Optional[int] = None,
    ) -> AsyncIterator[answers.ListedDelivery]:
        """The deliveries of all pages of `webhook_deliveries`, which are fetched as needed."""
        return self._all(
            answers.DeliveryList,
            "webhook/deliveries",
            "deliveries",
            {"state": state, "limit": limit},
        )

    async def webhook_replay(
        self,
        *,
        delivery: Optional[Name] = None,
        since: Optional[Day] = None,
        idempotency_key: Optional[str] = None,
    ) -> answers.Replayed:
        """Send deliveries again.

        One `delivery`, or all that failed since a day. What is being sent at this moment is
        left alone.
        """
        return await self._call(
            answers.Replayed,
            "webhook/replay",
            {"delivery": delivery, "since": since},
            idempotency_key,
            writes=True,
        )

    async def user_export(
        self, *, user_id: Optional[Name] = None, user_key: Optional[Key] = None
    ) -> answers.Export:
        """Export all that is stored of a user.

        One JSON document with the user's access, results with their answers and
        calculations, sessions, webhooks and access tokens (without the tokens themselves).
        It is sent while it is read, so it may be long. With an `Idempotency-Key` a repeat
        reads anew.
        """
        return await self._call(
            answers.Export, "user/export", {"user_id": user_id, "user_key": user_key}
        )

    async def user_erase(
        self,
        *,
        user_id: Optional[Name] = None,
        user_key: Optional[Key] = None,
        idempotency_key: Optional[str] = None,
    ) -> answers.Erasure:
        """Erase a user.

        Removes the user with answers, results, sessions, access tokens, webhooks and kept
        answers, on all nodes; an open widget closes. The access stays in the ledger under a
        pseudonym, so invoices do not change. A repeat, and a user who is not known, are
        fine: nothing is counted then. The same `user_id` may be registered again, which
        issues a new access.
        """
        return await self._call(
            answers.Erasure,
            "user/erase",
            {"user_id": user_id, "user_key": user_key},
            idempotency_key,
            writes=True,
        )
