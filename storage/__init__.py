"""MongoDB through Motor: one store a noun, each owns its atomicity."""

import os

# Motor waits for the server in threads: by default five a CPU, and each change stream holds one
# nearly all the time. It reads this when it is imported.
os.environ.setdefault("MOTOR_MAX_WORKERS", "32")
