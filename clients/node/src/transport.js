/**
 * Sends calls to the gateway, with timeouts and retries. It alone knows the key.
 *
 * @import { CallOptions, ClientOptions, GatewayFile } from "../types/index.js"
 * @import { Shape } from "./shapes.js"
 */

import { webcrypto } from "#webcrypto";

import { AnswerReader } from "./answers.js";
import { AnswerError, GatewayError, TransportError } from "./errors.js";
import { delayMs, wait } from "./retries.js";
import { VERSION } from "./version.js";

/** How long a try may take. The gateway makes a PDF within it even when it is busy. */
const TIMEOUT_MS = 30_000;

/** Tries in all. */
const ATTEMPTS = 3;

/** A longer `Retry-After` is not waited for. The error tells how long it is. */
const LONGEST_WAIT_MS = 30_000;

/** Most bytes of an answer. The largest ones are invoices of a year, with a line for each access. */
const ANSWER_LIMIT = 64 * 2 ** 20;

/** What a timer can hold; `Infinity` means it. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Most characters of a text that goes into an error. */
const MOST_CHARACTERS = 1_000;

const KEY = /^[!-~]{1,500}$/;
const IDEMPOTENCY_KEY = /^[ -~]{1,255}$/;

export class Transport {
  #address;
  #key;
  #fetch;
  #timeoutMs;
  #attempts;
  #longestWaitMs;
  #reader;

  /**
   * @param {string | URL} address
   * @param {string} key
   * @param {ClientOptions} options
   */
  constructor(address, key, options) {
    const { timeoutMs = TIMEOUT_MS, attempts = ATTEMPTS, longestWaitMs = LONGEST_WAIT_MS, answerLimit = ANSWER_LIMIT } = options;
    this.#address = readAddress(address);
    if (typeof key !== "string" || !KEY.test(key)) {
      throw new TypeError("The client key is a text such as test_… or live_…, without spaces.");
    }
    if (!(timeoutMs > 0 && attempts >= 1 && longestWaitMs >= 0 && answerLimit >= 1)) {
      throw new TypeError("A client needs a timeout above 0 ms, an attempt, a wait of 0 ms or more, and a limit of answers.");
    }
    this.#key = key;
    this.#fetch = options.fetch ?? globalThis.fetch;
    this.#timeoutMs = timeoutMs;
    this.#attempts = attempts;
    this.#longestWaitMs = longestWaitMs;
    this.#reader = new AnswerReader((text) => this.#hide(text), answerLimit);
  }

  /**
   * The JSON that a call answers with.
   *
   * @param {string} path
   * @param {boolean} writes
   * @param {Shape} shape
   * @param {object} parameters
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  fetchJson(path, writes, shape, parameters, options) {
    return this.#send(path, writes, parameters, options, (response) => this.#reader.readJson(response, shape));
  }

  /**
   * The file that a call answers with.
   *
   * @param {string} path
   * @param {boolean} writes
   * @param {Record<string, string>} mediaTypes those of the forms that the call has
   * @param {{ format: string }} parameters
   * @param {CallOptions} [options]
   * @returns {Promise<GatewayFile>}
   */
  async fetchFile(path, writes, mediaTypes, parameters, options) {
    const mediaType = new Map(Object.entries(mediaTypes)).get(parameters.format);
    if (mediaType === undefined) throw new TypeError(`The format of ${path} is one of: ${Object.keys(mediaTypes).join(", ")}.`);
    return this.#send(path, writes, parameters, options, (response) => this.#reader.readFile(response, mediaType));
  }

  /**
   * Makes a call, and repeats it while that may help. All tries of a call that writes have the same `Idempotency-Key`, so that
   * it has its effect once.
   *
   * @template Answer
   * @param {string} path
   * @param {boolean} writes
   * @param {object} parameters
   * @param {CallOptions} options
   * @param {(response: Response) => Promise<Answer>} read
   */
  async #send(path, writes, parameters, options = {}, read) {
    const { signal, timeoutMs = this.#timeoutMs, idempotencyKey = webcrypto.randomUUID() } = options;
    if (typeof idempotencyKey !== "string" || !IDEMPOTENCY_KEY.test(idempotencyKey)) {
      throw new TypeError("An idempotency key is a text of 1 to 255 printable ASCII characters.");
    }
    const headers = {
      "Authorization": `Bearer ${this.#key}`,
      "Content-Type": "application/json",
      "User-Agent": `widget-gateway-client-node/${VERSION}`,
      ...(writes ? { "Idempotency-Key": idempotencyKey } : {}),
    };
    const body = JSON.stringify(parameters, refuseInexact);
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      try {
        return await this.#try(path, { headers, body }, timeoutMs, signal, read);
      } catch (error) {
        signal?.throwIfAborted();
        if (!isOurs(error) || !error.retryable || attempt >= this.#attempts) throw error;
        if ((error.retry_after ?? 0) * 1000 > this.#longestWaitMs) throw error;
        await wait(delayMs(attempt, error.retry_after, Math.random), signal);
      }
    }
  }

  /**
   * @template Answer
   * @param {string} path
   * @param {{ headers: Record<string, string>, body: string }} request
   * @param {number} timeoutMs
   * @param {AbortSignal | undefined} signal
   * @param {(response: Response) => Promise<Answer>} read
   */
  async #try(path, request, timeoutMs, signal, read) {
    const ending = new AbortController(); // Node 18 has no AbortSignal.any
    const stop = () => ending.abort();
    const timer = setTimeout(stop, Math.min(timeoutMs, LONGEST_TIMER_MS));
    signal?.addEventListener("abort", stop, { once: true });
    const send = this.#fetch; // runtimes refuse to call it as a method of this object
    try {
      const response = await send(`${this.#address}/partner/api/v3/${path}`, {
        ...request,
        method: "POST",
        redirect: "manual", // the key is for this address only
        signal: ending.signal,
      });
      return await read(response);
    } catch (error) {
      if (isOurs(error)) throw error;
      const why = ending.signal.aborted ? `it took more than ${timeoutMs} ms` : wordsOf(error);
      throw new TransportError(this.#hide(`No answer to ${path}: ${why}`), request.headers["Idempotency-Key"]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  /** The text without the key, on one line and not too long. @param {string} text */
  #hide(text) {
    const shown = text.replaceAll(this.#key, "[key]").slice(0, MOST_CHARACTERS);
    return shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, " ");
  }
}

/**
 * @param {unknown} error
 * @returns {error is GatewayError | TransportError | AnswerError}
 */
function isOurs(error) {
  return error instanceof GatewayError || error instanceof TransportError || error instanceof AnswerError;
}

/** The address without a slash at its end. @param {string | URL} address */
function readAddress(address) {
  const { protocol, username, password, search, hash, origin, pathname } = parseUrl(address);
  if (!/^https?:$/.test(protocol) || username || password || search || hash) {
    throw new TypeError("The address of the gateway is https:// and a host, without a user name or a query.");
  }
  return origin + pathname.replace(/\/+$/, "");
}

/** @param {string | URL} address */
function parseUrl(address) {
  try {
    return new URL(address);
  } catch {
    throw new TypeError("The address of the gateway is not a URL."); // that of URL itself repeats it, with a password
  }
}

/** What a failed `fetch` tells. Node has the reason in the cause. @param {unknown} error */
function wordsOf(error) {
  const { cause, message } = /** @type {{ cause?: { code?: unknown, message?: unknown }, message?: unknown }} */ (error ?? {});
  return String(cause?.code ?? cause?.message ?? message);
}

/**
 * Refuses numbers that JSON would round or write as null, since they would name somebody else.
 *
 * @param {string} name
 * @param {unknown} value
 */
function refuseInexact(name, value) {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new TypeError(`The number ${value} of ${name} is not exact. Give it as a string.`);
  }
  return value;
}
