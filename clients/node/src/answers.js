/**
 * Reads what came as the answer to a call. Whoever answers may be hostile or broken, so nothing of it is taken on trust.
 *
 * @import { GatewayFile } from "../types/index.js"
 * @import { Shape } from "./shapes.js"
 */

import { join } from "./bytes.js";
import { AnswerError, GatewayError } from "./errors.js";
import { ERRORS } from "./reasons.js";
import { readRetryAfter } from "./retries.js";

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const ATTACHMENT = /^attachment; filename="([A-Za-z0-9._-]{1,200})"$/;

export class AnswerReader {
  #hide;
  #limit;

  /**
   * @param {(text: string) => string} hide makes a text fit for an error
   * @param {number} limit most bytes of an answer
   */
  constructor(hide, limit) {
    this.#hide = hide;
    this.#limit = limit;
  }

  /**
   * A success that is a file of this media type.
   *
   * @param {Response} response
   * @param {string} media_type
   * @returns {Promise<GatewayFile>}
   * @throws {GatewayError} the call was refused
   * @throws {AnswerError} it is no answer of a gateway, or is no such file
   */
  async readFile(response, media_type) {
    const content = await this.#readSuccess(response, media_type);
    const named = ATTACHMENT.exec(response.headers.get("Content-Disposition") ?? "");
    return { content, media_type, filename: named?.[1] ?? null };
  }

  /**
   * A success that is JSON of this shape.
   *
   * @param {Response} response
   * @param {Shape} shape
   * @returns {Promise<any>}
   * @throws {GatewayError} the call was refused
   * @throws {AnswerError} it is no answer of a gateway, or has another shape
   */
  async readJson(response, shape) {
    const answer = parse(await this.#readSuccess(response, "application/json"));
    const fault = shape(answer, "The answer");
    if (fault !== null) throw new AnswerError(`${fault} is not as a gateway sends it.`, response.status);
    return answer;
  }

  /** @param {Response} response @param {string} media_type */
  async #readSuccess(response, media_type) {
    const content = await this.#readBytes(response);
    if (response.status !== 200) throw this.#refusalIn(response, content);
    const [found = ""] = (response.headers.get("Content-Type") ?? "").split(";");
    if (found.trim().toLowerCase() !== media_type) throw new AnswerError(`The answer is no ${media_type}.`, response.status);
    return content;
  }

  /** @param {Response} response */
  async #readBytes({ body, status }) {
    if (body === null) return new Uint8Array();
    const reader = body.getReader();
    const pieces = [];
    let length = 0;
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      pieces.push(read.value);
      length += read.value.length;
      if (length > this.#limit) {
        await reader.cancel();
        throw new AnswerError(`The answer has more than ${this.#limit} bytes.`, status);
      }
    }
    return join(pieces);
  }

  /**
   * The error for an answer that is no success.
   *
   * @param {Response} response
   * @param {Uint8Array} content
   */
  #refusalIn({ status, headers }, content) {
    const retry_after = readRetryAfter(headers.get("Retry-After"), Date.now());
    const { message, reason } = parse(content)?.error ?? {};
    if (typeof message !== "string" || typeof reason !== "string") {
      return new AnswerError(`The answer with status ${status} is not a gateway's. Check the address.`, status, retry_after);
    }
    const id = this.#hide(headers.get("X-Request-Id") ?? "");
    const Refused = ERRORS.get(reason) ?? GatewayError;
    return new Refused({
      code: status,
      reason: this.#hide(reason),
      message: this.#hide(message),
      request_id: REQUEST_ID.test(id) ? id : null,
      retry_after,
    });
  }
}

/** The JSON value of these bytes; undefined if they are none. @param {Uint8Array} content */
function parse(content) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch {
    return undefined;
  }
}
