import type { Calls, Reason, WebhookEvent } from "./api.js";

export * from "./api.js";

/** A client of the partner API. One serves all requests of your server. */
export declare class Client {
  /**
   * The address is such as `https://gateway.example`; the key is `live_…`, or `test_…` for the sandbox. Both stay on your server:
   * in a browser this throws a `TypeError`.
   */
  constructor(address: string | URL, key: string, options?: ClientOptions);

  /** Whether the key is one of the sandbox, whose users and results are never counted. */
  readonly isSandbox: boolean;
}

export interface Client extends Calls {}

export interface ClientOptions {
  /** How long a try of a call may take (30,000). */
  timeoutMs?: number | undefined;
  /** Tries in all, after 429, 503, or a lost connection (3). */
  attempts?: number | undefined;
  /** The longest `Retry-After` that is waited for (30,000). After a longer one the call fails at once. */
  longestWaitMs?: number | undefined;
  /** Most bytes of an answer (64 MiB). */
  answerLimit?: number | undefined;
  /** What is called instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
}

export interface CallOptions {
  /** Ends the call, and its waits, when it is aborted. The call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long a try of this call may take. */
  timeoutMs?: number | undefined;
  /** A key of your own, for a call that writes: the same key and call within 24 hours have their effect once. */
  idempotencyKey?: string | undefined;
}

/** A file as it came, such as a PDF. */
export interface GatewayFile {
  content: Uint8Array;
  media_type: string;
  /** The name under which to save it, if the gateway told one. */
  filename: string | null;
}

export interface Refusal {
  code: number;
  reason: Reason;
  message: string;
  request_id?: string | null;
  retry_after?: number | null;
}

/** The root of all errors of this package. */
export declare class WidgetGatewayError extends Error {
  constructor(message: string);
}

/** The gateway refused a call, which has changed nothing. Act on `reason`, or on the class that each reason has. */
export declare class GatewayError extends WidgetGatewayError {
  constructor(refusal: Refusal);
  /** The HTTP status. */
  readonly code: number;
  /** The stable name of the reason. */
  readonly reason: Reason;
  /** Name it when you ask the gateway's operator for help. */
  readonly request_id: string | null;
  /** Seconds after which the gateway asked to repeat the call. */
  readonly retry_after: number | null;
  /** Whether the same call may succeed soon. The client has repeated it already. */
  readonly retryable: boolean;
}

/** No answer came. The gateway may have acted or not. */
export declare class TransportError extends WidgetGatewayError {
  constructor(message: string, idempotency_key?: string | null);
  /** A repeat of the call with this key does no harm. Null for a call that only reads. */
  readonly idempotency_key: string | null;
  readonly retry_after: number | null;
  readonly retryable: boolean;
}

/** What came is no answer of a gateway. Something between you and the gateway may have answered. */
export declare class AnswerError extends WidgetGatewayError {
  constructor(message: string, code: number, retry_after?: number | null);
  /** The HTTP status. */
  readonly code: number;
  readonly retry_after: number | null;
  readonly retryable: boolean;
}

/** A webhook is not from the gateway, or is too old. Answer it with status 400. */
export declare class WebhookError extends WidgetGatewayError {}

/** `Headers`, or an object such as `request.headers` of Node's server and of Express. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A `Request` of the Fetch API, or a request of Node's server or of Express. */
export interface WebhookRequest {
  readonly headers: WebhookHeaders;
  readonly body?: unknown;
  /** The body as it came, where a framework keeps it beside the parsed one. */
  readonly rawBody?: unknown;
}

export interface WebhookOptions {
  /** Seconds that the clocks of the gateway and of this server may differ (300). */
  toleranceSeconds?: number | undefined;
  /** The time in milliseconds, instead of `Date.now`. */
  now?: (() => number) | undefined;
}

/**
 * Returns the event of a webhook that the gateway has signed; rejects with a `WebhookError` if it has not.
 *
 * `secrets` is one secret or several: while the operator rotates yours, both are valid. `body` is the body as it came, before any
 * parsing. An event may come twice: remember the `id` of those that you have handled.
 */
export declare function verifyWebhook(
  secrets: string | readonly string[],
  headers: WebhookHeaders,
  body: string | Uint8Array | ArrayBuffer,
  options?: WebhookOptions,
): Promise<WebhookEvent>;

/** Reads a request's body, at most 1 MiB, and verifies it. In Express the body is unread, or was read by `express.raw()`. */
export declare function receiveWebhook(
  secrets: string | readonly string[],
  request: WebhookRequest,
  options?: WebhookOptions,
): Promise<WebhookEvent>;

/** An event of a newer gateway, given as it came. In a `switch` over `type` it is what remains for `default`. */
export interface UnknownEvent {
  id: string;
  type: AnyOtherType;
  timestamp: string;
  data: Record<string, unknown>;
}

/** Any string. As an enumeration it can be told from the known types. */
declare enum AnyOtherType {
  Any = "",
}

/** At least one of the fields. */
export type AtLeastOneOf<Fields> = {
  [Name in keyof Fields]: Pick<Fields, Name> & { [Other in Exclude<keyof Fields, Name>]?: Fields[Other] | undefined };
}[keyof Fields];
