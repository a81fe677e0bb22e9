"""The data directory of an embedded database: who may make it, and who may write there.

A file that somebody else makes in it, such as root, can't be read by the service that owns it,
which then no longer starts. So every command looks before it writes.
"""

import os
import pwd
import stat
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from widget_gateway.domain.errors import DataDirectoryError
from widget_gateway.settings import PREFIX, Settings

DATABASE = "mongodb"
"""The directory of the embedded database, inside the data directory."""

_NAME = f"{PREFIX}DATA_DIR"


def check_database_directory(settings: Settings, *, creates: bool) -> None:
    """Check that there is an embedded database that this user may write; nothing is written.

    Without a database in the settings' data directory, `creates` makes the directory for it.

    Raises:
        DataDirectoryError: it says what is wrong, and what to do about it.
    """
    home = settings.data_path.absolute()
    try:
        _check_is_directory(home)
        if (home / DATABASE).is_dir():
            _check_owner(home / DATABASE, home)
            _check_writable(home / DATABASE)
            _check_files(home)
        elif creates:
            _make(home)
        else:
            raise DataDirectoryError(_no_database(settings, home))
    except OSError as error:
        raise DataDirectoryError(
            f"{_NAME}: {error.filename or home}: {error.strerror or error}"
        ) from None


def check_data_directory(settings: Settings) -> None:
    """Check that the data directory is there and that this user may write in it.

    Raises:
        DataDirectoryError: it says what is wrong, and what to do about it.
    """
    home = settings.data_path.absolute()
    try:
        _check_is_directory(home)
        if not home.exists():
            raise DataDirectoryError(_no_database(settings, home))
        _check_owner(home / DATABASE if (home / DATABASE).is_dir() else home, home)
        _check_writable(home)
    except OSError as error:
        raise DataDirectoryError(
            f"{_NAME}: {error.filename or home}: {error.strerror or error}"
        ) from None


def _check_is_directory(home: Path) -> None:
    for path in (home, home / DATABASE):
        if path.is_symlink() and not path.exists():
            raise DataDirectoryError(f"{_NAME}: {path} is a link that leads nowhere.")
        if path.exists() and not path.is_dir():
            raise DataDirectoryError(f"{_NAME}: {path} is not a directory.")


def _no_database(settings: Settings, home: Path) -> str:
    relative = (
        ""
        if Path(settings.data_dir).is_absolute()
        else f" ({_NAME} is {settings.data_dir}, which depends on where you are)"
    )
    return (
        f"There is no database in {home}{relative}. Start the gateway once (widget-gateway serve), "
        f"which makes it. Or name the data directory of a gateway in {_NAME}, or a replica set in "
        f"{PREFIX}MONGODB_URI."
    )


def _make(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    owner = home.stat().st_uid
    # A directory that a service manager has prepared for the gateway's user is not root's.
    # Others may use one that is not theirs: a volume may belong to root and be open to a group.
    if os.geteuid() == 0 and owner != 0:
        _refuse_foreign(home, owner, home)
    _check_writable(home)


def _check_owner(path: Path, home: Path) -> None:
    owner = path.stat().st_uid
    if owner != os.geteuid():
        _refuse_foreign(path, owner, home)


def _refuse_foreign(path: Path, owner: int, home: Path) -> None:
    user = _user(owner)
    named = f"'{user}'" if user.startswith("#") else user  # A shell takes # for a comment.
    raise DataDirectoryError(
        f"{_NAME}: {path} belongs to {user}, and what {_user(os.geteuid())} writes there would "
        f"keep the gateway from starting. Run it as {user}: "
        f"sudo -u {named} env {_NAME}={home} widget-gateway ..."
    )


def _check_writable(directory: Path) -> None:
    if os.access(directory, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
        return
    if os.statvfs(directory).f_flag & os.ST_RDONLY:
        raise DataDirectoryError(f"{_NAME}: {directory} is on a file system that is read-only.")
    status = directory.stat()
    raise DataDirectoryError(
        f"{_NAME}: {_user(os.geteuid())} can't write in {directory} "
        f"(it belongs to {_user(status.st_uid)} and has mode {stat.S_IMODE(status.st_mode):04o})."
    )


def _check_files(home: Path) -> None:
    for path in _files(home):
        if os.access(path, os.R_OK | os.W_OK, effective_ids=True):
            continue
        try:
            status = path.lstat()
        except FileNotFoundError:  # A running mongod has removed it meanwhile.
            continue
        user = _user(os.geteuid())
        if status.st_uid != os.geteuid():
            raise DataDirectoryError(
                f"{_NAME}: {path} belongs to {_user(status.st_uid)}, so {user} can't use it. Some "
                f"command ran as {_user(status.st_uid)}. Give all files back: "
                f"sudo chown -R {user}: {home}"
            )
        raise DataDirectoryError(
            f"{_NAME}: {user} can't read and write {path} "
            f"(it has mode {stat.S_IMODE(status.st_mode):04o}): chmod u+rw {path}"
        )


def _files(home: Path) -> Iterator[Path]:
    """The files that the gateway and its mongod have to open; sockets and links are no files."""
    database = home / DATABASE
    data = database / "data"
    listed = chain([home / "secrets"], database.iterdir(), data.iterdir() if data.is_dir() else ())
    return (path for path in listed if path.is_file() or path.is_dir())


def _user(number: int) -> str:
    """The name of a user; `#1234`, as sudo takes it, where the number has no name."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"
