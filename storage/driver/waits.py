"""All waits that depend on how long a replica set is without a primary.

They fit MongoDB's defaults: a member calls an election when it has not heard of the primary for
`electionTimeoutMillis`, 10 seconds, and a whole failover takes up to 12. Within them a primary that
was killed, stepped down, frozen or cut off is a late answer, not an error.

How long a frozen primary costs is the driver's to say: a call in flight is given up, and asked of
the new primary, when the monitor of the old one misses a heartbeat, so at most
`HEARTBEAT_MS + CONNECT_TIMEOUT_MS` after the fault, and half a second in which the driver looks
again. With the driver's defaults (10 and 20 seconds) it would be half a minute.
"""

STORAGE_WAIT_S = 15.0
"""How long a call to the database may take, in seconds, with all that is tried again; the default
of the setting STORAGE_WAIT_S. Longer than a failover, shorter than the half minute after which
servers that call us usually give up."""

VISITOR_WAIT_S = 30.0
"""How long a visitor's answer, `open`, pause or `finish` is tried again before it is given up, in
seconds: more than two failovers in a row. The socket stays open meanwhile, and the page says that
it is saving; then it closes with 4100, and the widget comes back with what was not acknowledged."""

COMMIT_WAIT_S = VISITOR_WAIT_S
"""How long a commit with an unknown outcome is repeated, in seconds: as long as its callers wait.
"""

HEARTBEAT_MS = 1_000
"""Between two signs of life of a member to its monitor, in milliseconds. The driver's default is
10 seconds, which alone would be as long as an election; its minimum is 500."""

CONNECT_TIMEOUT_MS = 2_000
"""How long a heartbeat may be late, and a new connection may take with its handshake, in
milliseconds. Between two continents a handshake with TLS takes half a second; a member that
swallows packets is noticed well before an election of 10 seconds has ended."""

SOCKET_TIMEOUT_MS = 10_000
"""How long a command outside of any deadline waits for its answer, in milliseconds: those of change
streams, which ask for far shorter waits, and the end of a transaction. It ends calls to a server
that answers heartbeats and nothing else."""

WRITE_TIMEOUT_MS = 8_000
"""How long the server waits for a majority where no deadline says so, in milliseconds; shorter than
SOCKET_TIMEOUT_MS, so that its answer is still heard."""

STREAM_AWAIT_MS = 1_000
"""How long the server holds an empty answer of a change stream back, in milliseconds; far below
SOCKET_TIMEOUT_MS."""

PING_WAIT_S = 2.0
"""How long a look at the database's health may take, in seconds: a load balancer that asks whether
we are ready does not wait for a whole election."""

GOODBYE_WAIT_S = 1.0
"""How long a client that is closed tries to tell the server, in seconds. What it does not hear of
leaves by itself half an hour later."""

REPEAT_PAUSE_S = 0.05
"""Before a call that met no primary is made again, in seconds: as long as a few round trips, and
short beside an election."""
