/**
 * Verifies webhooks as Standard Webhooks describes (https://www.standardwebhooks.com). It needs WebCrypto only.
 *
 * @import { WebhookEvent, WebhookHeaders, WebhookOptions, WebhookRequest } from "../types/index.js"
 */

import { webcrypto } from "#webcrypto";

import { join } from "./bytes.js";
import { WebhookError } from "./errors.js";
import { isObject } from "./shapes.js";
import { EVENTS } from "./structures.js";

/** Seconds that the clocks of the gateway and of this server may differ, as the standard advises. */
const TOLERANCE_S = 300;

/** Fewest bytes of a secret. The standard asks for 24; an empty secret would let anybody sign. */
const LEAST_SECRET_BYTES = 24;

/** Most bytes of a body. The gateway's events have less than 1 KiB. */
const MOST_BODY_BYTES = 2 ** 20;

const PARSED = "The body of the webhook was parsed already. Verify it as it came: in Express use express.raw() for this route.";

const PREFIX = /^whsec_/;
const VERSION = "v1,";

/**
 * Returns the event of a webhook that the gateway has signed.
 *
 * `secrets` is one secret or several: while the operator rotates yours, each of the two is valid. `body` is the body as it
 * came, before any parsing. An event may come twice: remember the `id` of those that you have handled.
 *
 * @param {string | readonly string[]} secrets
 * @param {WebhookHeaders} headers
 * @param {string | Uint8Array | ArrayBuffer} body
 * @param {WebhookOptions} [options]
 * @returns {Promise<WebhookEvent>}
 * @throws {WebhookError} it is not from the gateway, or is too old or too new
 */
export async function verifyWebhook(secrets, headers, body, options = {}) {
  const keys = decodeSecrets(secrets);
  const bytes = bytesOf(body);
  const id = headerOf(headers, "webhook-id");
  const timestamp = headerOf(headers, "webhook-timestamp");
  const signatures = readSignatures(headerOf(headers, "webhook-signature"));
  checkTime(timestamp, options);
  const signed = join([new TextEncoder().encode(`${id}.${timestamp}.`), bytes]);
  for (const key of keys) {
    const expected = await sign(key, signed);
    if (signatures.some((signature) => areEqual(signature, expected))) return readEvent(id, bytes);
  }
  throw new WebhookError("No signature of the webhook is by one of your secrets.");
}

/**
 * Reads a request's body, at most 1 MiB, and verifies it as `verifyWebhook` does.
 *
 * It takes a `Request` of the Fetch API, a request of Node's http server, or one of Express whose body is unread or was read
 * by `express.raw()` or `express.text()`.
 *
 * @param {string | readonly string[]} secrets
 * @param {WebhookRequest} request
 * @param {WebhookOptions} [options]
 * @returns {Promise<WebhookEvent>}
 * @throws {WebhookError} as verifyWebhook
 */
export async function receiveWebhook(secrets, request, options) {
  return verifyWebhook(secrets, request.headers, await readBody(request), options);
}

/** @param {WebhookRequest} request */
async function readBody(request) {
  const { body, rawBody } = request;
  if (rawBody instanceof Uint8Array) return rawBody; // of cloud functions and of Nest, which parse the body too
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  if (body === null) return ""; // a Request without a body
  const source = /** @type {object} */ (body === undefined ? request : body);
  if (Symbol.asyncIterator in source) return readPieces(/** @type {AsyncIterable<unknown>} */ (source));
  if ("getReader" in source) return readPieces(piecesOf(/** @type {ReadableStream<Uint8Array>} */ (source)));
  throw new TypeError(PARSED);
}

/** Streams of Safari's engine are not iterable. @param {ReadableStream<Uint8Array>} stream */
async function* piecesOf(stream) {
  const reader = stream.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel();
  }
}

/** @param {AsyncIterable<unknown>} pieces */
async function readPieces(pieces) {
  const read = [];
  let length = 0;
  for await (const piece of pieces) {
    const bytes = bytesOf(piece);
    length += bytes.length;
    if (length > MOST_BODY_BYTES) throw new WebhookError("The body of the webhook is larger than 1 MiB.");
    read.push(bytes);
  }
  return join(read);
}

/** @param {string | readonly string[]} secrets */
function decodeSecrets(secrets) {
  const listed = Array.isArray(secrets) ? secrets : [secrets];
  if (listed.length === 0) throw new TypeError("The webhook needs at least one secret.");
  return listed.map((secret) => {
    const key = typeof secret === "string" ? fromBase64(secret.replace(PREFIX, "")) : null;
    if (key === null || key.length < LEAST_SECRET_BYTES) {
      throw new TypeError("A secret of a webhook is whsec_ and 24 bytes or more in base64, as the operator gave it to you.");
    }
    return key;
  });
}

/**
 * @param {WebhookHeaders} headers
 * @param {string} name
 */
function headerOf(headers, name) {
  const value = isHeaders(headers) ? headers.get(name) : plainHeader(headers, name);
  if (typeof value !== "string" || value === "") throw new WebhookError(`The header ${name} is missing, or is given twice.`);
  return value;
}

/**
 * @param {WebhookHeaders} headers
 * @returns {headers is { get(name: string): string | null }}
 */
function isHeaders(headers) {
  return typeof headers.get === "function";
}

/**
 * @param {Record<string, string | readonly string[] | undefined>} headers
 * @param {string} name
 */
function plainHeader(headers, name) {
  const found = Object.entries(headers).filter(([each]) => each.toLowerCase() === name);
  const values = found.flatMap(([, value]) => value);
  return values.length === 1 ? values[0] : undefined;
}

/**
 * @param {string} timestamp
 * @param {WebhookOptions} options
 */
function checkTime(timestamp, { toleranceSeconds = TOLERANCE_S, now = Date.now }) {
  if (!/^[0-9]{1,12}$/.test(timestamp)) throw new WebhookError("The header webhook-timestamp is no time.");
  const age = now() / 1000 - Number(timestamp);
  if (age > toleranceSeconds) throw new WebhookError("The webhook is too old.");
  if (-age > toleranceSeconds) throw new WebhookError("The webhook is from the future. Check this server's clock.");
}

/** The signatures of the first version of the scheme. Others are ignored, as the standard asks. @param {string} header */
function readSignatures(header) {
  return header
    .split(" ")
    .filter((each) => each.startsWith(VERSION))
    .map((each) => fromBase64(each.slice(VERSION.length)))
    .filter((each) => each !== null);
}

/**
 * @param {Uint8Array<ArrayBuffer>} secret
 * @param {Uint8Array<ArrayBuffer>} signed
 */
async function sign(secret, signed) {
  const key = await webcrypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await webcrypto.subtle.sign("HMAC", key, signed));
}

/** Compares in a time that depends on the lengths only. @param {Uint8Array} one @param {Uint8Array} other */
function areEqual(one, other) {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let at = 0; at < one.length; at++) difference |= /** @type {number} */ (one[at]) ^ /** @type {number} */ (other[at]);
  return difference === 0;
}

/**
 * @param {string} id
 * @param {Uint8Array} bytes
 * @returns {WebhookEvent}
 */
function readEvent(id, bytes) {
  let event;
  try {
    event = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new WebhookError("The body of the webhook is no JSON.");
  }
  const { type, timestamp, data } = event ?? {};
  if (typeof type !== "string" || typeof timestamp !== "string" || !isObject(data)) {
    throw new WebhookError("The body of the webhook is no event.");
  }
  const fault = EVENTS.get(type)?.(data, "data") ?? null;
  if (fault !== null) throw new WebhookError(`${fault} of the webhook is not as a gateway sends it.`);
  return /** @type {WebhookEvent} */ (/** @type {unknown} */ ({ id, type, timestamp, data }));
}

/** @param {unknown} body */
function bytesOf(body) {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof ArrayBuffer || body instanceof Uint8Array) return new Uint8Array(body);
  throw new TypeError(PARSED);
}


/** The bytes of a text in base64; null if it is none. @param {string} text */
function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
