"""Write commands of a batch, and how they fail where another writer was faster."""

from pymongo.errors import WriteConcernError, WriteError

from storage.client import Database, Document
from storage.driver.faults import DUPLICATE_KEY
from storage.transactions import Session


class RivalError(Exception):
    """Another writer has changed a document since it was read, or inserted one with its key."""


async def run_write(database: Database, command: Document, session: Session | None) -> Document:
    """Run a write command, in the session's transaction if there is one.

    Without a session, the command has the write concern of the database, a majority.

    Raises:
        RivalError: a document with the same unique key exists.
        PyMongoError: the command, or one of its statements, failed.
    """
    if session is None:
        command = command | {"writeConcern": database.write_concern.document}
    reply: Document = await database.command(
        command, session=session, codec_options=database.codec_options
    )
    for refusal in reply.get("writeErrors", ()):
        if refusal["code"] == DUPLICATE_KEY:
            raise RivalError
        raise WriteError(refusal.get("errmsg", ""), refusal["code"], refusal)
    if fault := reply.get("writeConcernError"):
        raise WriteConcernError(fault.get("errmsg", ""), fault.get("code"), fault)
    return reply
