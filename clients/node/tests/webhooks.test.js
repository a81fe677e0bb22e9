import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";

import { receiveWebhook, verifyWebhook, WebhookError } from "../src/index.js";

const SECRET = newSecret();
const NOW = Date.parse("2026-05-04T12:40:00Z");
const ID = "msg_1";
const EVENT = { type: "attempt.paused", timestamp: "2026-05-04T12:39:59.000Z", data: { session: "s", test: "тест" } };
const BODY = JSON.stringify(EVENT);
const LATIN = Buffer.from(BODY.replace("тест", "caf\u00e9"), "latin1");
const OPTIONS = { now: () => NOW };

function newSecret(bytes = 32) {
  return `whsec_${randomBytes(bytes).toString("base64")}`;
}

/** The headers that a gateway with this secret sends with the body. */
function signed({ secret = SECRET, id = ID, at = NOW / 1000, body = BODY, before = "" } = {}) {
  const mac = createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64"));
  const signature = mac.update(`${id}.${at}.`).update(body).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(at), "webhook-signature": `${before}v1,${signature}` };
}

/** The headers with their names as in HTTP/1. */
function capitalised(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace(/\b./g, (letter) => letter.toUpperCase()), value]));
}

test("a signed webhook is an event with its id", async () => {
  assert.deepEqual(await verifyWebhook(SECRET, signed(), BODY, OPTIONS), { id: ID, ...EVENT });
});

test("the example of the standard is genuine", async () => {
  const headers = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  };
  const now = () => 1_614_265_330_000;
  const wrong = verifyWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", headers, '{"test": 2432232314}', { now });
  await assert.rejects(wrong, /is no event/); // its signature is right, but it is none of our events
});

for (const [about, headers] of Object.entries({
  "a Headers object": new Headers(signed()),
  "a plain object with capitals": capitalised(signed()),
  "an object with a list of one": { ...signed(), "webhook-id": [ID] },
})) {
  test(`headers may come as ${about}`, async () => {
    assert.equal((await verifyWebhook(SECRET, headers, BODY, OPTIONS)).id, ID);
  });
}

for (const [about, body] of Object.entries({
  text: BODY,
  "a Buffer": Buffer.from(BODY),
  "a slice of a larger buffer": Buffer.from(`...${BODY}...`).subarray(3, -3),
  "an ArrayBuffer": new Uint8Array(Buffer.from(BODY)).buffer,
})) {
  test(`the body may come as ${about}`, async () => {
    assert.deepEqual((await verifyWebhook(SECRET, signed(), body, OPTIONS)).data, EVENT.data);
  });
}

test("any of several secrets may have signed, and any of several signatures be right", async () => {
  const secrets = [newSecret(), SECRET, newSecret()];
  const before = `v1,${randomBytes(32).toString("base64")} v1a,AAAA v1,=%= `;
  assert.equal((await verifyWebhook(secrets, signed({ before }), BODY, OPTIONS)).id, ID);
});

test("the event of a type that the client does not know is given as it is", async () => {
  const body = JSON.stringify({ ...EVENT, type: "moon.rose" });
  assert.equal((await verifyWebhook(SECRET, signed({ body }), body, OPTIONS)).type, "moon.rose");
});

const right = signed();
for (const [about, headers, body = BODY] of [
  ["signed with another secret", signed({ secret: newSecret() })],
  ["with a changed body", right, BODY.replace("тест", "text")],
  ["with a changed id", { ...right, "webhook-id": "msg_2" }],
  ["with a changed time", { ...right, "webhook-timestamp": String(NOW / 1000 + 1) }],
  ["with half a signature", { ...right, "webhook-signature": right["webhook-signature"].slice(0, 20) }],
  ["with an empty signature", { ...right, "webhook-signature": "v1," }],
  ["with a signature of another version", { ...right, "webhook-signature": right["webhook-signature"].replace("v1", "v2") }],
  ["without a signature", { ...right, "webhook-signature": undefined }],
  ["with two ids", { ...right, "Webhook-Id": "msg_2" }],
  ["with a list of two ids", { ...right, "webhook-id": [ID, ID] }],
  ["older than five minutes", signed({ at: NOW / 1000 - 301 })],
  ["newer than five minutes", signed({ at: NOW / 1000 + 301 })],
  ["with a time that is none", signed({ at: "1e9" })],
  ["with a body that is no JSON", signed({ body: "{" }), "{"],
  ["with a body that is no UTF-8", signed({ body: LATIN }), LATIN],
  ["whose data are not those of its type", signed({ body: BODY.replace('"s"', "5") }), BODY.replace('"s"', "5")],
  ["with a body that is null", signed({ body: "null" }), "null"],
  ["with data that are a list", signed({ body: '{"type":"t","timestamp":"t","data":[]}' }), '{"type":"t","timestamp":"t","data":[]}'],
]) {
  test(`a webhook ${about} is refused`, async () => {
    await assert.rejects(verifyWebhook(SECRET, headers, body, OPTIONS), WebhookError);
  });
}

test("a webhook at the edge of the tolerance is taken, and the tolerance may be another", async () => {
  for (const at of [NOW / 1000 - 300, NOW / 1000 + 300]) await verifyWebhook(SECRET, signed({ at }), BODY, OPTIONS);
  const strict = verifyWebhook(SECRET, signed({ at: NOW / 1000 - 11 }), BODY, { ...OPTIONS, toleranceSeconds: 10 });
  await assert.rejects(strict, WebhookError);
});

test("secrets that are none are a fault of the program, and are not shown", async () => {
  for (const secrets of [undefined, "", [], "whsec_", "whsec_%%%", newSecret(16), [SECRET, undefined]]) {
    const error = await verifyWebhook(secrets, signed(), BODY, OPTIONS).catch((caught) => caught);
    assert.ok(error instanceof TypeError);
    if (secrets?.length > 10) assert.ok(!inspect(error).includes(secrets));
  }
});

test("a parsed body is told from a raw one", async () => {
  await assert.rejects(verifyWebhook(SECRET, signed(), EVENT, OPTIONS), /parsed already/);
  await assert.rejects(receiveWebhook(SECRET, { headers: signed(), body: EVENT }, OPTIONS), /express\.raw/);
});

test("a request of the Fetch API is read and verified", async () => {
  const request = new Request("https://college.example/hooks", { method: "POST", headers: signed(), body: BODY });
  assert.equal((await receiveWebhook(SECRET, request, OPTIONS)).id, ID);
  const empty = new Request("https://college.example/hooks", { method: "POST", headers: signed() });
  await assert.rejects(receiveWebhook(SECRET, empty, OPTIONS), WebhookError);
});

test("a stream that can't be iterated is read, too", async () => {
  const body = new Request("https://college.example/", { method: "POST", body: BODY }).body;
  const bare = { getReader: () => body.getReader() };
  assert.equal((await receiveWebhook(SECRET, { headers: signed(), body: bare }, OPTIONS)).id, ID);
});

test("a request whose body Express has read is verified", async () => {
  for (const body of [Buffer.from(BODY), BODY]) {
    assert.equal((await receiveWebhook(SECRET, { headers: signed(), body }, OPTIONS)).id, ID);
  }
});

test("the raw body that a framework keeps beside the parsed one is verified", async () => {
  const request = { headers: signed(), body: EVENT, rawBody: Buffer.from(BODY) };
  assert.equal((await receiveWebhook(SECRET, request, OPTIONS)).id, ID);
});

test("a body above 1 MiB is not read to its end", async () => {
  let read = 0;
  async function* endless() {
    for (;;) yield Buffer.alloc(65_536, ++read);
  }
  await assert.rejects(receiveWebhook(SECRET, { headers: signed(), body: endless() }, OPTIONS), /larger than 1 MiB/);
  assert.equal(read, 17);
});
