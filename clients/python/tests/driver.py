"""The Python client's driver for the suite of cases: tests/clients/README.md is its protocol."""

import asyncio
import base64
import contextlib
import io
import json
import logging
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Iterator
from inspect import isawaitable
from typing import Any, Union

from widget_gateway_client import (
    AnswerError,
    AsyncClient,
    Client,
    File,
    GatewayError,
    Rules,
    TransportError,
    WebhookError,
    encode,
    verify_webhook,
)

Json = dict[str, Any]

_OPTIONS = {
    "timeout_s": "timeout",
    "attempts": "attempts",
    "longest_wait_s": "longest_wait",
    "answer_limit": "answer_limit",
}


class Driver:
    """Carries out commands with the client of the last `client` command."""

    def __init__(self, *, is_async: bool) -> None:
        self._is_async = is_async
        self._client: Union[Client, AsyncClient, None] = None

    async def perform(self, command: Json) -> Any:
        """The value of a command. Exceptions are those of the client."""
        value = getattr(self, f"do_{command.pop('do')}")(**command)
        return await value if isawaitable(value) else value

    async def do_client(self, address: str, key: str, options: Json) -> Json:
        """Make a client."""
        rules = Rules(**{_OPTIONS[name]: value for name, value in options.items()})
        await self.close()
        kind = AsyncClient if self._is_async else Client
        self._client = kind(address, key, rules=rules)
        return {"sandbox": self._client.sandbox}

    async def do_call(self, call: str, parameters: Json, **more: str) -> Any:
        """Call a method."""
        return encode(await self._result(call.replace("/", "_"), parameters, more))

    async def do_all(self, call: str, parameters: Json, first: Union[int, None] = None) -> Any:
        """Iterate over pages."""
        items: Any = getattr(self._client, f"{call.replace('/', '_')}_all")(**named(parameters))
        found = []
        if first != 0:
            async for item in over(items):
                found.append(encode(item))
                if len(found) == first:
                    break
        return found

    async def do_file(self, call: str, parameters: Json) -> Json:
        """Fetch a file."""
        file = await self._result(f"{call.replace('/', '_')}_file", parameters, {})
        if not isinstance(file, File):
            raise TypeError(file)
        content = base64.b64encode(file.content).decode()
        return {"media_type": file.media_type, "filename": file.filename, "base64": content}

    def do_webhook(self, secrets: list[str], headers: Json, body: str) -> Any:
        """Verify a webhook."""
        given = secrets[0] if len(secrets) == 1 else secrets
        return encode(verify_webhook(given, headers, base64.b64decode(body)))

    def do_show(self) -> str:
        """Show the client, and all that it holds."""
        shown = [repr(self._client), str(self._client), f"{vars(self._client)}"]
        with contextlib.suppress(Exception):
            import pickle  # noqa: PLC0415 - one more way to show it

            shown.append(repr(pickle.dumps(self._client)))
        return "\n".join(shown)

    async def _result(self, method: str, parameters: Json, more: Json) -> Any:
        result = getattr(self._client, method)(**named(parameters), **more)
        return await result if isinstance(result, Awaitable) else result

    async def close(self) -> None:
        """Close the client."""
        if self._client is not None:
            closing: Any = self._client.close()
            if isawaitable(closing):
                await closing


async def over(items: Union[Iterator[Any], AsyncIterator[Any]]) -> AsyncIterator[Any]:
    """Iterate over either kind of iterator."""
    if isinstance(items, AsyncIterator):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


def named(parameters: Json) -> Json:
    """Parameters by their names in Python."""
    return {f"{name}_" if name == "from" else name: value for name, value in parameters.items()}


def told(error: Exception) -> Json:
    """An exception as the protocol has it."""
    kinds = {
        GatewayError: "gateway",
        TransportError: "transport",
        AnswerError: "answer",
        WebhookError: "webhook",
    }
    kind = next((kinds[kind] for kind in kinds if isinstance(error, kind)), "argument")
    # What a caller gives wrongly stands in the caller's own variables, too.
    shown = traceback.TracebackException.from_exception(error, capture_locals=kind != "argument")
    # The frames of this file hold the command, which is not the client's.
    shown.stack = traceback.StackSummary.from_list(
        [frame for frame in shown.stack if frame.filename != __file__]
    )
    return {
        "kind": kind,
        "class": type(error).__name__.removesuffix("Error"),
        "reason": getattr(error, "reason", ""),
        "code": getattr(error, "code", 0),
        "message": str(error),
        "request_id": getattr(error, "request_id", ""),
        "text": "".join(shown.format()) + repr(error) + repr(vars(error)),
    }


async def main() -> None:
    """Answer each line of the standard input by a line."""
    logged = io.StringIO()
    logging.basicConfig(stream=logged, level=logging.DEBUG)
    logging.getLogger("httpcore").setLevel(logging.INFO)  # It writes down headers of answers.
    driver = Driver(is_async="--async" in sys.argv)
    for line in sys.stdin:
        logged.seek(0)
        logged.truncate()
        try:
            answer: Json = {"value": await driver.perform(json.loads(line))}
        except Exception as error:  # noqa: BLE001 - every exception is an answer
            answer = {"error": told(error)}
        print(json.dumps({**answer, "logged": logged.getvalue()}), flush=True)
    await driver.close()


if __name__ == "__main__":
    asyncio.run(main())
