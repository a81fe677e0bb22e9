"""Why a rehearsal can't take place, or can't go on."""


class RehearsalRefusedError(Exception):
    """The rehearsal can't take place; the message says what to do."""


class ProbeFailedError(Exception):
    """A probe of the plan can't be read, so what it tells about can't be seen."""


class StoryEndedError(Exception):
    """The visitor's way ends here: what follows can't be seen, since an earlier line failed."""
