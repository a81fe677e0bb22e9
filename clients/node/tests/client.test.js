import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { inspect } from "node:util";

import { AnswerError, Client, GatewayError, RateLimited, ResultNotFound, TransportError } from "../src/index.js";
import { refuse, sendJson, withServer } from "./server.js";

const KEY = "test_0123456789abcdef0123456789abcdef";
const DONE = { status: true };
const ATTACH = { user_id: "anna", result_key: "3f0c4b4e-8b0a-4f6e-9f57-2a8f5f0d8f10" };

const EVERYTHING = { depth: Infinity, showHidden: true, getters: true };

test("an aborted signal ends a call that waits for its answer, with the signal's reason", async () => {
  const aborting = new AbortController();
  const reason = new Error("the visitor has left");
  await withServer(
    () => aborting.abort(reason),
    async (address, requests) => {
      const call = new Client(address, KEY).resultAttach(ATTACH, { signal: aborting.signal });
      await assert.rejects(call, reason);
      assert.equal(requests.length, 1);
    },
  );
});

test("an aborted signal ends a wait before a retry", { timeout: 10_000 }, async () => {
  const aborting = new AbortController();
  let listeners = 0;
  const listen = aborting.signal.addEventListener.bind(aborting.signal);
  aborting.signal.addEventListener = (...listener) => {
    listen(...listener);
    if (++listeners === 2) setImmediate(() => aborting.abort()); // the first one was that of the try
  };
  await withServer(
    (_, response) => refuse(response, 503, "busy", "Try again.", { "Retry-After": "20" }),
    async (address, requests) => {
      await assert.rejects(new Client(address, KEY).stats({}, { signal: aborting.signal }), { name: "AbortError" });
      assert.equal(requests.length, 1);
    },
  );
});

test("a call with an aborted signal sends nothing", async () => {
  await withServer(
    (_, response) => sendJson(response, DONE),
    async (address, requests) => {
      await assert.rejects(new Client(address, KEY).stats({}, { signal: AbortSignal.abort() }), { name: "AbortError" });
      assert.equal(requests.length, 0);
    },
  );
});

test("a timeout of the caller's own signal is the caller's error", async () => {
  await withServer(
    () => {},
    async (address) => {
      const call = new Client(address, KEY).resultAttach(ATTACH, { signal: AbortSignal.timeout(50) });
      await assert.rejects(call, { name: "TimeoutError" });
    },
  );
});

test("a signal that outlives its calls keeps no listener of theirs", async () => {
  const { signal } = new AbortController();
  const listening = new Set();
  signal.addEventListener = (_, listener) => listening.add(listener);
  signal.removeEventListener = (_, listener) => listening.delete(listener);
  await withServer(
    (_, response, __, count) => (count === 1 ? refuse(response, 503, "busy", "Try again.") : sendJson(response, DONE)),
    async (address) => {
      assert.deepEqual(await new Client(address, KEY).resultAttach(ATTACH, { signal }), DONE);
      assert.equal(listening.size, 0);
    },
  );
});

test("the timeout of a call is for the body of the answer, too", async () => {
  await withServer(
    (_, response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.write('{"status":');
    },
    async (address) => {
      const client = new Client(address, KEY, { attempts: 2 });
      await assert.rejects(client.resultAttach(ATTACH, { timeoutMs: 50, idempotencyKey: "order 1" }), (error) => {
        assert.ok(error instanceof TransportError);
        assert.deepEqual([error.idempotency_key, error.retryable], ["order 1", true]);
        return true;
      });
    },
  );
});

test("a timeout of Infinity is none", async () => {
  await withServer(
    (_, response) => setImmediate(() => sendJson(response, DONE)),
    async (address) => {
      assert.deepEqual(await new Client(address, KEY, { timeoutMs: Infinity }).resultAttach(ATTACH), DONE);
    },
  );
});

test("a refusal is of the class of its reason, and of the base class for an unknown one", async () => {
  await withServer(
    (_, response, __, count) => refuse(response, 404, count === 1 ? "result_not_found" : "moon_is_full", "No."),
    async (address) => {
      const client = new Client(address, KEY);
      const known = await client.resultGet({ result_key: "x" }).catch((error) => error);
      assert.ok(known instanceof ResultNotFound && known instanceof GatewayError);
      assert.equal(`${known}`, "ResultNotFound: No.");
      const unknown = await client.resultGet({ result_key: "x" }).catch((error) => error);
      assert.equal(unknown.constructor, GatewayError);
      assert.equal(unknown.reason, "moon_is_full");
    },
  );
});

test("a Retry-After beyond the longest wait gives the refusal at once, and says how long it is", async () => {
  await withServer(
    (_, response) => refuse(response, 429, "rate_limited", "Too many.", { "Retry-After": "3600" }),
    async (address, requests) => {
      const error = await new Client(address, KEY).stats().catch((caught) => caught);
      assert.ok(error instanceof RateLimited);
      assert.deepEqual([error.retry_after, error.retryable, requests.length], [3600, true, 1]);
    },
  );
});

test("no way of showing a client or an error shows the key", async () => {
  await withServer(
    (request, response) => {
      const echo = request.headers.authorization;
      refuse(response, 404, "client_not_found", `Who is ${echo}?`, { "X-Request-Id": echo.slice("Bearer ".length) });
    },
    async (address) => {
      const client = new Client(address, KEY);
      const error = await client.stats().catch((caught) => caught);
      const unreachable = await new Client("http://127.0.0.1:9", KEY, { attempts: 1 }).stats().catch((caught) => caught);
      const talkative = async () => Promise.reject(new Error(`${KEY} is wrong`, { cause: KEY }));
      const wrapped = await new Client(address, KEY, { fetch: talkative, attempts: 1 }).stats().catch((caught) => caught);
      assert.equal(error.message, "Who is Bearer [key]?");
      assert.equal(error.request_id, null);
      for (const shown of [client, error, unreachable, wrapped]) {
        for (const text of [inspect(shown, EVERYTHING), JSON.stringify(shown), String(shown), shown.stack ?? ""]) {
          assert.ok(!text.includes(KEY), text);
        }
      }
      assert.ok(wrapped.message.includes("[key] is wrong"));
    },
  );
});

test("a message of a hostile gateway is one line of bounded length", async () => {
  const hostile = `a\n2026-01-01 forged line\u001b[31m\u202e${"x".repeat(5_000)}`;
  await withServer(
    (_, response) => refuse(response, 404, "test_not_found", hostile),
    async (address) => {
      const { message } = await new Client(address, KEY).stats().catch((error) => error);
      assert.match(message, /^a 2026-01-01 forged line \[31m x+$/);
      assert.equal(message.length, 1_000);
    },
  );
});

for (const [about, body] of Object.entries({
  "is no object": [],
  "lacks a field": { users: [] },
  "has a wrong field deep inside": { users: [{ user_id: "u", user_key: "k", created_at: "t", results: [{}] }], next: null },
})) {
  test(`an answer that ${about} is refused`, async () => {
    await withServer(
      (_, response) => sendJson(response, body),
      async (address, requests) => {
        await assert.rejects(new Client(address, KEY).users(), AnswerError);
        assert.equal(requests.length, 1);
      },
    );
  });
}

test("the fault of an answer is named by its place", async () => {
  await withServer(
    (_, response) => sendJson(response, { users: [{ user_id: 5 }], next: null }),
    (address) => assert.rejects(new Client(address, KEY).users(), { message: /^The answer\.users\.user_id is not/, code: 200 }),
  );
});

test("fields and words of a newer gateway are let through", async () => {
  const saved = { result_key: "k", weather: "fine" };
  await withServer(
    (_, response) => sendJson(response, saved),
    async (address) => assert.deepEqual(await new Client(address, KEY).progressSave({ test: "t", progress: [] }), saved),
  );
});

test("pages that go in a circle end", async () => {
  await withServer(
    (_, response) => sendJson(response, { users: [], next: "again" }),
    async (address, requests) => {
      await assert.rejects(new Client(address, KEY).usersAll().next(), AnswerError);
      assert.equal(requests.length, 2);
    },
  );
});

test("an answer beyond the limit is given up while it arrives", async () => {
  await withServer(
    async (_, response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      while (!response.destroyed) {
        if (!response.write(" ".repeat(65_536))) await Promise.race([once(response, "drain"), once(response, "close")]);
      }
    },
    async (address) => {
      await assert.rejects(new Client(address, KEY, { answerLimit: 100_000 }).stats(), /more than 100000 bytes/);
    },
  );
});

test("numbers that JSON would change are refused before they are sent", async () => {
  await withServer(
    (_, response) => sendJson(response, DONE),
    async (address, requests) => {
      for (const user_id of [2 ** 53, NaN, Infinity, 0.5, 10n ** 20n]) {
        await assert.rejects(new Client(address, KEY).resultAttach({ ...ATTACH, user_id }), TypeError);
      }
      assert.equal(requests.length, 0);
    },
  );
});

test("a key that is none, or an address that is none, is refused without showing it", () => {
  for (const key of [undefined, "", "with space", "ключ", "line\nbreak", `${KEY}\u0000`]) {
    assert.throws(() => new Client("https://gateway.example", key), (error) => {
      return error instanceof TypeError && (!key || !inspect(error, EVERYTHING).includes(key));
    });
  }
  for (const address of ["gateway.example", "file:///etc/passwd", "https://me:secret@gateway.example", "https://g.example/?key=secret"]) {
    assert.throws(() => new Client(address, KEY), (error) => error instanceof TypeError && !inspect(error, EVERYTHING).includes("secret"));
  }
  for (const options of [{ timeoutMs: 0 }, { attempts: 0 }, { longestWaitMs: -1 }, { answerLimit: 0 }, { timeoutMs: NaN }]) {
    assert.throws(() => new Client("https://gateway.example", KEY, options), TypeError);
  }
});

test("the address may have a path and a slash at its end", async () => {
  await withServer(
    (_, response) => sendJson(response, DONE),
    async (address, requests) => {
      await new Client(new URL(`${address}/tests//`), KEY).resultAttach(ATTACH);
      assert.equal(requests[0].url, "/tests/partner/api/v3/result/attach");
    },
  );
});

test("there is no client in a browser, where everybody could read the key", () => {
  globalThis.document = {};
  try {
    assert.throws(() => new Client("https://gateway.example", KEY), /must stay on your server/);
  } finally {
    delete globalThis.document;
  }
});

test("a fetch of one's own is called as a plain function", async () => {
  const fetch = async function (...request) {
    assert.equal(this, undefined);
    return globalThis.fetch(...request);
  };
  await withServer(
    (_, response) => sendJson(response, DONE),
    async (address) => assert.deepEqual(await new Client(address, KEY, { fetch }).resultAttach(ATTACH), DONE),
  );
});
