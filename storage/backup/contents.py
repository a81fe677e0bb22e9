"""What a backup holds: all collections of the gateway but those that are named here.

A new collection is in the backup unless it is named here with its reason.
"""

from storage.indexes import COLLECTIONS

LEFT_OUT = {
    "console_notes": "it says what a gateway has found within the last minute",
    "pulses": "it says what running gateways serve at the moment, and expires",
    "widget_files": "each gateway stores the files of its own widget when it starts",
    "address_guards": "it counts wrong tries of the last minutes by address, and expires",
    "leases": "it says which running gateway does a work alone, for minutes",
    "console_sessions": "whoever was signed in to the console signs in anew",
    "console_tries": "it counts wrong passwords of the last minutes, and expires",
    "partner_calls": "it is a log of the last days' calls, by which nothing is computed",
    "qua_tries": "it counts wrong tries of the last minutes by address and user, and expires",
    "restores": "it says that a restore of this very database is under way",
}
"""Collections that a backup leaves out, and why nothing is lost without them."""

KEPT = tuple(sorted(set(COLLECTIONS) - LEFT_OUT.keys()))
"""The collections of a backup, in the order in which they are stored and restored."""
