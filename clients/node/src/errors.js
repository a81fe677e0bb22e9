/**
 * What the client throws. No error holds the client key, or anything else that a log should not have.
 *
 * @import { Refusal } from "../types/index.js"
 */

/** Statuses after which the same call may soon succeed. Those of 502 and 504 come from proxies on the way. */
const PASSING = new Set([429, 502, 503, 504]);

/** The root of all errors of this package. */
export class WidgetGatewayError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = new.target.name;
  }
}

/** The gateway refused a call, which has changed nothing. Act on `reason`, which is stable; the message is for people. */
export class GatewayError extends WidgetGatewayError {
  /** @param {Refusal} refusal */
  constructor({ code, reason, message, request_id = null, retry_after = null }) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.request_id = request_id;
    this.retry_after = retry_after;
    /** `idempotency_key_in_use` says that a former try of the call is still running. */
    this.retryable = PASSING.has(code) || reason === "idempotency_key_in_use";
  }
}

/** No answer came. The gateway may have acted or not. */
export class TransportError extends WidgetGatewayError {
  retry_after = null;
  retryable = true;

  /**
   * @param {string} message
   * @param {string | null} [idempotency_key] with which a repeat of the call does no harm
   */
  constructor(message, idempotency_key = null) {
    super(message);
    this.idempotency_key = idempotency_key;
  }
}

/** What came is no answer of a gateway. Something between you and the gateway may have answered. */
export class AnswerError extends WidgetGatewayError {
  /**
   * @param {string} message
   * @param {number} code
   * @param {number | null} [retry_after]
   */
  constructor(message, code, retry_after = null) {
    super(message);
    this.code = code;
    this.retry_after = retry_after;
    this.retryable = PASSING.has(code);
  }
}

/** A webhook is not from the gateway, is too old, or can't be read. Answer it with status 400. */
export class WebhookError extends WidgetGatewayError {}
