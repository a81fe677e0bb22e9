"""All waits that depend on how long a replica set may be without a primary.

They fit MongoDB's defaults: a member calls an election when it has not heard of the primary for
`electionTimeoutMillis`, 10 seconds, and a whole failover takes up to 12 seconds. If a primary is
killed, steps down, freezes or is cut off, callers get a late answer rather than an error.

When a primary freezes, the driver gives up its calls in flight as soon as its monitor misses a
heartbeat, and sends them to the new primary. That is at most `HEARTBEAT_MS + CONNECT_TIMEOUT_MS`
after the fault, plus half a second until the driver looks again. With the driver's defaults (10 and
20 seconds) it would be half a minute.
"""

STORAGE_WAIT_S = 15.0
"""How long a call to the database may take with its repeats, in seconds; the default of the setting
STORAGE_WAIT_S. It is longer than a failover, and shorter than the half minute after which partners'
servers usually give up."""

VISITOR_WAIT_S = 30.0
"""How long the storage of a visitor's answer, `open`, pause or `finish` is repeated, in seconds:
longer than two failovers in a row. Meanwhile the socket stays open, and the page says that it is
saving. Then the socket is closed with 4100, and the widget connects again and repeats what was not
acknowledged."""

COMMIT_WAIT_S = VISITOR_WAIT_S
"""How long a commit with an unknown outcome is repeated, in seconds: as long as its callers
wait."""

HEARTBEAT_MS = 1_000
"""The interval in which the driver's monitor checks a member, in milliseconds. The driver's
default, 10 seconds, would be as long as an election; its minimum is 500."""

CONNECT_TIMEOUT_MS = 2_000
"""How long a heartbeat may be late, and how long a new connection may take with its handshake, in
milliseconds. A handshake with TLS between two continents takes half a second. A member from which
no packets come is noticed well before an election of 10 seconds has ended."""

SOCKET_TIMEOUT_MS = 10_000
"""How long a command that has no deadline waits for its answer, in milliseconds. Such are the
commands of change streams, which ask for far shorter waits, and the end of a transaction. The
timeout ends calls to a server that answers nothing but heartbeats."""

WRITE_TIMEOUT_MS = 8_000
"""How long the server waits for a majority if the call has no deadline, in milliseconds. It is
shorter than SOCKET_TIMEOUT_MS, so that the answer is received."""

STREAM_AWAIT_MS = 1_000
"""How long the server waits for a change before it sends an empty answer, in milliseconds. It is
far below SOCKET_TIMEOUT_MS."""

GATHERING_WAIT_S = 120.0
"""How long the next results of a test may take to be found, in seconds, when an author gathers all
of them for statistics. The database may look through millions of documents for the first ones."""

PING_WAIT_S = 2.0
"""How long a check of the database's health may take, in seconds. A load balancer that asks whether
the gateway is ready does not wait for a whole election."""

GOODBYE_WAIT_S = 1.0
"""How long a client that is closed tries to end its sessions on the server, in seconds. The server
ends those that remain half an hour later."""

REPEAT_PAUSE_S = 0.05
"""The pause before a call that found no primary is repeated, in seconds: as long as a few round
trips, and short compared with an election."""
