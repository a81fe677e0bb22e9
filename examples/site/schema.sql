-- What the site remembers. Each promise of the server is a key of a table, so it holds on any number of processes.

CREATE TABLE IF NOT EXISTS attempts (        -- which user took which test
  session TEXT PRIMARY KEY,                  -- a session has one user: the first who reported it
  user TEXT NOT NULL,
  test TEXT NOT NULL,
  resume_token TEXT NOT NULL                 -- with it the user goes on elsewhere
);

CREATE TABLE IF NOT EXISTS results (         -- what is attached at the gateway, and may be shown
  session TEXT PRIMARY KEY,                  -- a session has one result, however often it is saved
  result_key TEXT NOT NULL UNIQUE,
  saved_at TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS orders (          -- what was paid for
  session TEXT PRIMARY KEY,                  -- a session has one order, however often it is asked for
  id TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))), -- goes to the gateway as payment_id
  price INTEGER NOT NULL,                    -- as it was when the order was made
  paid INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS letters (         -- what we wrote to users because of webhooks
  webhook_id TEXT PRIMARY KEY,               -- an event that comes again writes no second letter
  user TEXT NOT NULL,
  type TEXT NOT NULL,
  test TEXT NOT NULL,
  created_at TEXT NOT NULL
);

-- What is a user's own. All that a call names is looked up here for the signed-in user.

CREATE VIEW IF NOT EXISTS own_attempts AS SELECT * FROM attempts;

CREATE VIEW IF NOT EXISTS own_orders AS
  SELECT user, test, orders.session, orders.id, price, paid FROM orders JOIN attempts USING (session);

CREATE VIEW IF NOT EXISTS own_unfinished AS  -- the latest attempt at each test
  SELECT user, session, test, resume_token, MAX(rowid) FROM attempts
  WHERE session NOT IN (SELECT session FROM results) GROUP BY user, test;

CREATE VIEW IF NOT EXISTS own_results AS
  SELECT user, test, result_key, replace(saved_at, ' ', 'T') || 'Z' AS saved_at
  FROM results JOIN attempts USING (session) ORDER BY saved_at DESC;

CREATE VIEW IF NOT EXISTS own_letters AS SELECT * FROM letters ORDER BY created_at DESC;
