// Printed by `python -m clients.generator`: change the gateway's declarations instead.

import type {
  AtLeastOneOf,
  CallOptions,
  GatewayError,
  GatewayFile,
  UnknownEvent,
} from "./index.js";

export type UserRegisterParameters = AtLeastOneOf<{
  /** The partner's own name for its user: an id, an e-mail address, a session id. */
  user_id: string | number;
  /** The user's permanent key, as `user/register` answered it. */
  user_key: string;
}>;

export type UsersParameters = {
  /** The slug of a test. */
  test?: string | number | undefined;
  /** Those who have (1), or have not (0), a result; of `test`, if given. */
  passed?: boolean | undefined;
  /** Users a page (100). */
  limit?: number | undefined;
  /** The `next` of the page before. */
  after?: string | number | undefined;
};

export type UsersAllParameters = {
  /** The slug of a test. */
  test?: string | number | undefined;
  /** Those who have (1), or have not (0), a result; of `test`, if given. */
  passed?: boolean | undefined;
  /** Users a page (100). */
  limit?: number | undefined;
};

export type UserTestsParameters = AtLeastOneOf<{
  /** The partner's own name for its user: an id, an e-mail address, a session id. */
  user_id: string | number;
  /** The user's permanent key, as `user/register` answered it. */
  user_key: string;
}>;

export type AccessTokenParameters = {
  /** The slug of a test. */
  test: string | number;
  /** Whether the visitor has paid already: then nothing pauses. */
  paid?: boolean | undefined;
} & AtLeastOneOf<{
  /** The partner's own name for its user: an id, an e-mail address, a session id. */
  user_id: string | number;
  /** The user's permanent key, as `user/register` answered it. */
  user_key: string;
}>;

export type ProgressSaveParameters = {
  /** The slug of a test. */
  test: string | number;
  /** Question ids, each with the list of its values; a skipped question with an empty one. */
  progress: Array<[string | number, Array<string | number> | string | number]> | Record<string, Array<string | number> | string | number> | string;
  /** The partner's own name for its user: an id, an e-mail address, a session id. */
  user_id?: string | number | undefined;
  /** The user's permanent key, as `user/register` answered it. */
  user_key?: string | undefined;
};

export type SessionGetParameters = {
  /** The session of an attempt, as the widget's `pause` event tells it. */
  session: string;
};

export type PaymentConfirmParameters = {
  /** The session of an attempt, as the widget's `pause` event tells it. */
  session: string;
  /** The partner's own name for the payment. */
  payment_id?: string | number | undefined;
};

export type ResultAttachParameters = {
  /** The key of a result, as the widget or `progress/save` gave it out. */
  result_key: string;
} & AtLeastOneOf<{
  /** The partner's own name for its user: an id, an e-mail address, a session id. */
  user_id: string | number;
  /** The user's permanent key, as `user/register` answered it. */
  user_key: string;
}>;

export type ResultGetParameters = {
  /** The key of a result, as the widget or `progress/save` gave it out. */
  result_key: string;
  /**
   * The language of the texts, as a tag of BCP 47, or several, separated by commas, the most wanted one first.
   * Where the test lacks them, the language of the result stands in, else the test's first one.
   */
  locale?: string | undefined;
};

export type ResultGetFileParameters = {
  /** The key of a result, as the widget or `progress/save` gave it out. */
  result_key: string;
  /** The form of the file. */
  format: "html" | "pdf" | "svg";
  /**
   * The language of the texts, as a tag of BCP 47, or several, separated by commas, the most wanted one first.
   * Where the test lacks them, the language of the result stands in, else the test's first one.
   */
  locale?: string | undefined;
};

export type AnswersGetParameters = {
  /** The key of a result, as the widget or `progress/save` gave it out. */
  result_key: string;
  /**
   * The language of the texts, as a tag of BCP 47, or several, separated by commas, the most wanted one first.
   * Where the test lacks them, the language of the result stands in, else the test's first one.
   */
  locale?: string | undefined;
};

export type StatsParameters = {
};

export type InvoiceParameters = {
  /** The first day, by the UTC calendar. */
  from: string;
  /** The last day, included. */
  to: string;
  /** The language of a document (ru). */
  locale?: "ru" | "en" | undefined;
};

export type InvoiceFileParameters = {
  /** The first day, by the UTC calendar. */
  from: string;
  /** The last day, included. */
  to: string;
  /** The form of the file. */
  format: "html" | "pdf" | "csv";
  /** The language of a document (ru). */
  locale?: "ru" | "en" | undefined;
};

export type WebhookDeliveriesParameters = {
  /** Only deliveries in this state. */
  state?: "waiting" | "delivered" | "failed" | undefined;
  /** Deliveries a page (100). */
  limit?: number | undefined;
  /** The `next` of the page before. */
  after?: string | number | undefined;
};

export type WebhookDeliveriesAllParameters = {
  /** Only deliveries in this state. */
  state?: "waiting" | "delivered" | "failed" | undefined;
  /** Deliveries a page (100). */
  limit?: number | undefined;
};

export type WebhookReplayParameters = AtLeastOneOf<{
  /** The id of a delivery, which its request carried as `webhook-id`. */
  delivery: string | number;
  /** Replay all that failed since this day, by the UTC calendar. */
  since: string;
}>;

export type UserExportParameters = AtLeastOneOf<{
  /** The partner's own name for its user: an id, an e-mail address, a session id. */
  user_id: string | number;
  /** The user's permanent key, as `user/register` answered it. */
  user_key: string;
}>;

export type UserEraseParameters = AtLeastOneOf<{
  /** The partner's own name for its user: an id, an e-mail address, a session id. */
  user_id: string | number;
  /** The user's permanent key, as `user/register` answered it. */
  user_key: string;
}>;

/** The calls of the partner API. */
export interface Calls {
  /**
   * Register a user.
   *
   * Issues one access to a new user. A repeat returns the same key and costs nothing.
   *
   * Refusals besides those of all calls: `access_limit_reached`, `user_not_found`.
   */
  userRegister(parameters: UserRegisterParameters, options?: CallOptions): Promise<RegisteredUser>;

  /**
   * List users and their results.
   *
   * Oldest first. A `test` without `passed` means those who have passed it.
   *
   * Refusals besides those of all calls: `test_not_found`.
   */
  users(parameters?: UsersParameters, options?: CallOptions): Promise<UserList>;

  /**
   * List users and their results. All pages, one item after another.
   *
   * Oldest first. A `test` without `passed` means those who have passed it.
   *
   * Refusals besides those of all calls: `test_not_found`.
   */
  usersAll(parameters?: UsersAllParameters, options?: CallOptions): AsyncGenerator<ListedUser, void, undefined>;

  /**
   * What a user has passed and may still pass.
   *
   * A `user_key` alone will do. Asking registers nobody.
   *
   * Refusals besides those of all calls: `user_not_found`.
   */
  userTests(parameters: UserTestsParameters, options?: CallOptions): Promise<TestsOfUser>;

  /**
   * Issue a one-time access token.
   *
   * The token opens one attempt at one test for one user, within 24 hours. A new `user_id` is registered, which
   * issues an access.
   *
   * Refusals besides those of all calls: `test_not_allowed`, `access_limit_reached`, `user_not_found`,
   * `test_not_found`.
   */
  accessToken(parameters: AccessTokenParameters, options?: CallOptions): Promise<IssuedToken>;

  /**
   * Save answers as a result.
   *
   * With `user_key` the result is attached to that user; without it is a guest's, to be attached later. A result
   * needs every question of the test.
   *
   * Refusals besides those of all calls: `test_not_allowed`, `result_limit_reached`, `user_not_found`,
   * `test_not_found`, `progress_invalid`.
   */
  progressSave(parameters: ProgressSaveParameters, options?: CallOptions): Promise<SavedResult>;

  /**
   * State and answers of an attempt.
   *
   * Refusals besides those of all calls: `session_not_found`.
   */
  sessionGet(parameters: SessionGetParameters, options?: CallOptions): Promise<SessionState>;

  /**
   * Confirm the payment of an attempt.
   *
   * The waiting widget goes on by itself, wherever it is connected. A repeat changes nothing.
   *
   * Refusals besides those of all calls: `session_not_found`.
   */
  paymentConfirm(parameters: PaymentConfirmParameters, options?: CallOptions): Promise<Done>;

  /**
   * Attach a result to a user.
   *
   * A new `user_id` is registered, which issues an access. A repeat for the same user changes nothing; a refusal
   * costs nothing.
   *
   * Refusals besides those of all calls: `test_not_allowed`, `access_limit_reached`, `result_limit_reached`,
   * `user_not_found`, `result_not_found`, `result_attached_to_another_user`.
   */
  resultAttach(parameters: ResultAttachParameters, options?: CallOptions): Promise<Done>;

  /**
   * Fetch a result.
   *
   * Any number of times. Only results that are attached, and only the provider's own. A provider whose results are
   * open may omit the key. HTML, PDF and SVG are the report: for people, with charts and the texts of the test.
   *
   * Refusals besides those of all calls: `result_not_attached`, `result_not_found`, `busy`.
   */
  resultGet(parameters: ResultGetParameters, options?: CallOptions): Promise<Calculation>;

  /**
   * Fetch a result. The file for people.
   *
   * Any number of times. Only results that are attached, and only the provider's own. A provider whose results are
   * open may omit the key. HTML, PDF and SVG are the report: for people, with charts and the texts of the test.
   *
   * Refusals besides those of all calls: `result_not_attached`, `result_not_found`, `busy`.
   */
  resultGetFile(parameters: ResultGetFileParameters, options?: CallOptions): Promise<GatewayFile>;

  /**
   * Fetch the answers behind a result.
   *
   * Refusals besides those of all calls: `result_not_attached`, `result_not_found`.
   */
  answersGet(parameters: AnswersGetParameters, options?: CallOptions): Promise<Array<AnsweredQuestion>>;

  /** Accesses, users, results and tests in numbers. */
  stats(parameters?: StatsParameters, options?: CallOptions): Promise<Stats>;

  /**
   * Invoice for a period.
   *
   * The accesses that were issued from the first day to the last, both included, by the UTC calendar, each at the
   * price of when it was issued. The invoice of a past period never changes, even if the agreement does. A sandbox
   * key gets an empty one. HTML and PDF sum more than 300 accesses up by day.
   *
   * Refusals besides those of all calls: `amount_too_large`, `busy`.
   */
  invoice(parameters: InvoiceParameters, options?: CallOptions): Promise<InvoiceAnswer>;

  /**
   * Invoice for a period. The file for people.
   *
   * The accesses that were issued from the first day to the last, both included, by the UTC calendar, each at the
   * price of when it was issued. The invoice of a past period never changes, even if the agreement does. A sandbox
   * key gets an empty one. HTML and PDF sum more than 300 accesses up by day.
   *
   * Refusals besides those of all calls: `amount_too_large`, `busy`.
   */
  invoiceFile(parameters: InvoiceFileParameters, options?: CallOptions): Promise<GatewayFile>;

  /**
   * List the webhook's deliveries.
   *
   * Newest first; kept for 30 days.
   */
  webhookDeliveries(parameters?: WebhookDeliveriesParameters, options?: CallOptions): Promise<DeliveryList>;

  /**
   * List the webhook's deliveries. All pages, one item after another.
   *
   * Newest first; kept for 30 days.
   */
  webhookDeliveriesAll(parameters?: WebhookDeliveriesAllParameters, options?: CallOptions): AsyncGenerator<ListedDelivery, void, undefined>;

  /**
   * Send deliveries again.
   *
   * One `delivery`, or all that failed since a day. What is being sent at this moment is left alone.
   *
   * Refusals besides those of all calls: `delivery_not_found`.
   */
  webhookReplay(parameters: WebhookReplayParameters, options?: CallOptions): Promise<Replayed>;

  /**
   * Export all that is stored of a user.
   *
   * One JSON document with the user's access, results with their answers and calculations, sessions, webhooks and
   * access tokens (without the tokens themselves). It is sent while it is read, so it may be long. With an
   * `Idempotency-Key` a repeat reads anew.
   *
   * Refusals besides those of all calls: `user_not_found`.
   */
  userExport(parameters: UserExportParameters, options?: CallOptions): Promise<Export>;

  /**
   * Erase a user.
   *
   * Removes the user with answers, results, sessions, access tokens, webhooks and kept answers, on all nodes; an
   * open widget closes. The access stays in the ledger under a pseudonym, so invoices do not change. A repeat, and
   * a user who is not known, are fine: nothing is counted then. The same `user_id` may be registered again, which
   * issues a new access.
   */
  userErase(parameters: UserEraseParameters, options?: CallOptions): Promise<Erasure>;
}

/** The state of an attempt, spelled as on the wire. */
export type AttemptState =
  | "awaiting_payment"
  | "finished"
  | "running"
  | (string & {});

/** A prepaid provider has a limit of accesses; a postpaid one pays for them by invoice. */
export type PaymentPolicy =
  | "postpaid"
  | "prepaid"
  | (string & {});

/** The kind of event that a partner is told of (docs/webhooks.md). */
export type WebhookEventType =
  | "access.limit_near"
  | "attempt.paused"
  | "result.attached"
  | "result.finished"
  | (string & {});

/** A delivery waits for its next try, is delivered, or has been given up. */
export type DeliveryState =
  | "delivered"
  | "failed"
  | "waiting"
  | (string & {});

/** A family of browsers. The value is stored. */
export type Browser =
  | "chrome"
  | "edge"
  | "firefox"
  | "opera"
  | "other"
  | "safari"
  | "samsung"
  | "yandex"
  | (string & {});

/** An operating system. The value is stored. */
export type System =
  | "android"
  | "chrome_os"
  | "ios"
  | "linux"
  | "macos"
  | "other"
  | "windows"
  | (string & {});

/** What a device looks like. The value is stored. */
export type Form =
  | "computer"
  | "other"
  | "phone"
  | "tablet"
  | (string & {});

/** `user/register`'s answer. */
export interface RegisteredUser {
  user_key: string;
  sandbox?: boolean;
}

/** A page of users. */
export interface UserList {
  users: Array<ListedUser>;
  /** `after` of the page that follows; or null. */
  next: string | null;
  sandbox?: boolean;
}

/** A user with the results that it holds. */
export interface ListedUser {
  user_id: string;
  user_key: string;
  created_at: string;
  results: Array<ResultOfUser>;
  sandbox?: boolean;
}

/** A result, as lists name it. */
export interface ResultOfUser {
  result_key: string;
  test: string;
  created_at: string;
  sandbox?: boolean;
}

/** `user/tests`' answer. */
export interface TestsOfUser {
  passed: Array<ResultOfUser>;
  /** Slugs that the policy still allows. */
  available: Array<string>;
  sandbox?: boolean;
}

/** `access/token`'s answer. */
export interface IssuedToken {
  access_token: string;
  expires_at: string;
  sandbox?: boolean;
}

/** `progress/save`'s answer. */
export interface SavedResult {
  result_key: string;
  sandbox?: boolean;
}

/** `session/get`'s answer. `result_key` is present once it is finished, `user_id` once known. */
export interface SessionState {
  session: string;
  state: AttemptState;
  test: string;
  version: number;
  locale: string;
  paid: boolean;
  payment_id: string | null;
  /** Question ids and their values. */
  answers: Array<[string, Array<string>]>;
  answered: number;
  /** Questions of the test. */
  length: number;
  /** Questions before the pause, if any. */
  pause_after: number | null;
  created_at: string;
  result_key?: string;
  user_id?: string;
  sandbox?: boolean;
}

/** The answer of a call that succeeds and has nothing more to say. */
export interface Done {
  status: boolean;
}

/**
 * The scales of a test, the automatic variables that its texts may use, and its profiles.
 *
 * The profile that fits best comes first. A test without profiles has no such field.
 */
export interface Calculation {
  test: string;
  version: number;
  created_at: string;
  scales: Array<Scale>;
  variables: Record<string, unknown>;
  profiles?: Array<Profile>;
  sandbox?: boolean;
}

/** One scale of a test; texts in the locale asked for. */
export interface Scale {
  id: string;
  title: string | null;
  description: string | null;
  score: number;
  min: number;
  max: number;
  percentage: number;
  level: string | null;
  level_text: string | null;
  color: string | null;
  part_of?: string | null;
  norms?: Array<NormValue>;
}

/** A score compared with a group of people; the group is null if it is everybody. */
export interface NormValue {
  group: string | null;
  title: string | null;
  t_score: number;
  percentile: number;
}

/**
 * A profile that reaches the test's threshold, with the combination that fits best.
 *
 * `fit` is in percent, `text` is sanitised HTML.
 */
export interface Profile {
  id: string;
  name: string | null;
  fit: number;
  combination: Array<CombinedScale>;
  text: string | null;
  image: Picture | null;
  link: string | null;
  values: Array<string>;
  kinds: Array<Kind>;
}

/** A scale, or a group of questions, that made a profile's fit. */
export interface CombinedScale {
  scale: string;
  title: string | null;
  weight: number;
  percentage: number;
}

/** A picture, with what it shows, and its size in pixels; the rest is null if unknown. */
export interface Picture {
  src: string;
  alt: string | null;
  width: number | null;
  height: number | null;
}

/** A variant of a profile. Its text is sanitised HTML. */
export interface Kind {
  name: string | null;
  text: string | null;
  image: Picture | null;
  link: string | null;
}

/**
 * A question with all its choices, in the order in which the visitor saw them.
 *
 * Those of a rating are in the order of the answer.
 */
export interface AnsweredQuestion {
  id: string;
  name: string | null;
  text: string | null;
  items: Array<Item>;
}

/**
 * A choice, or a field of a text question with what was written into it.
 *
 * `id` is that of an option which has an id other than its value.
 */
export interface Item {
  text: string | null;
  value: string | null;
  opted: boolean;
  id?: string;
}

/** `stats`' answer. */
export interface Stats {
  payment_policy: PaymentPolicy;
  access_limit: number;
  access_count: number;
  /** Null where there is no limit. */
  access_left: number | null;
  users: number;
  results: number;
  by_test: Record<string, CountsOfTest>;
  sandbox?: boolean;
}

/** The attempts at a test by what became of them. */
export interface CountsOfTest {
  started: number;
  paused: number;
  finished: number;
  attached: number;
}

/**
 * `invoice`'s answer. Amounts are decimal numbers in strings: exact.
 *
 * `from` and `to` are days of the calendar that `timezone` names, both included.
 */
export interface InvoiceAnswer {
  provider: string;
  from: string;
  to: string;
  timezone: string;
  access_count: number;
  /** Null where accesses have several prices. */
  price: string | null;
  /** Null where there are several currencies. */
  total: string | null;
  /** Null where there are several. */
  currency: string | null;
  charges: Array<InvoiceCharge>;
  totals: Array<InvoiceTotal>;
  lines: Array<InvoiceLine>;
  sandbox?: boolean;
}

/** The accesses that were issued at one price. */
export interface InvoiceCharge {
  price: string;
  currency: string;
  access_count: number;
  amount: string;
}

/** What is owed in one currency. */
export interface InvoiceTotal {
  currency: string;
  access_count: number;
  total: string;
}

/** One access of the ledger, at the price at which it was issued. */
export interface InvoiceLine {
  user_id: string;
  created_at: string;
  price: string;
  currency: string;
}

/** A page of deliveries. */
export interface DeliveryList {
  deliveries: Array<ListedDelivery>;
  /** `after` of the page that follows; or null. */
  next: string | null;
  sandbox?: boolean;
}

/** An event and the state of its delivery. */
export interface ListedDelivery {
  id: string;
  type: WebhookEventType;
  created_at: string;
  data: Record<string, unknown>;
  state: DeliveryState;
  attempts: number;
  next_attempt_at: string | null;
  /** What the last try was answered. */
  status: number | null;
  /** Why the last try had no answer. */
  error: string | null;
  sandbox?: boolean;
}

/** The number of deliveries that will be sent again. */
export interface Replayed {
  replayed: number;
}

/** `user/export`'s answer. */
export interface Export {
  exported_at: string;
  user: ExportedUser;
  access_tokens: Array<ExportedToken>;
  kept_calls: Array<ExportedCall>;
  results: Array<ResultOfExport>;
  attempts: Array<AttemptOfExport>;
  webhooks: Array<WebhookOfExport>;
  sandbox?: boolean;
}

/** The user; `access` is null in the sandbox. Removed results are those that were too old. */
export interface ExportedUser {
  user_id: string;
  user_key: string;
  created_at: string;
  main_results: number;
  bonus_results: number;
  removed_results: number;
  issued_access_tokens: number;
  access: ExportedAccess | null;
}

/** The access of the user, as the ledger has it. */
export interface ExportedAccess {
  issued_at: string;
  price: string;
  currency: string;
}

/** An access token that is still stored. The token itself is secret and left out. */
export interface ExportedToken {
  test: string;
  paid: boolean;
  spent: boolean;
  expires_at: string;
}

/** A call about the user whose answer is kept for repeats with the same key. */
export interface ExportedCall {
  idempotency_key: string;
  expires_at: string;
}

/** A result with its answers, and what was calculated from them. */
export interface ResultOfExport {
  result_key: string;
  session: string | null;
  created_at: string;
  attached_at: string | null;
  locale: string;
  /** Question ids and their values. */
  answers: Array<[string, Array<string>]>;
  calculation: Calculation;
}

/** A session that was begun for the user, or from which a result of the user comes. */
export interface AttemptOfExport {
  session: string;
  state: AttemptState;
  test: string;
  version: number;
  locale: string;
  paid: boolean;
  payment_id: string | null;
  created_at: string;
  expires_at: string;
  result_key: string | null;
  device: DeviceOfExport | null;
  /** Question ids and their values. */
  answers: Array<[string, Array<string>]>;
}

/** The kind of device on which a session was opened last. */
export interface DeviceOfExport {
  browser: Browser;
  system: System;
  form: Form;
}

/** An event about the user that was sent to the partner, or waits to be sent. */
export interface WebhookOfExport {
  id: string;
  type: WebhookEventType;
  created_at: string;
  data: Record<string, unknown>;
  state: DeliveryState;
}

/** `user/erase`'s answer. */
export interface Erasure {
  status: boolean;
  erased: ErasedCounts;
  sandbox?: boolean;
}

/** How much was removed; `accesses` are rows of the ledger that have a pseudonym now. */
export interface ErasedCounts {
  users: number;
  accesses: number;
  results: number;
  attempts: number;
  answers: number;
  access_tokens: number;
  webhooks: number;
  kept_answers: number;
}

/** A paid test waits for its payment. `user_id` is present if the user is known. */
export interface AttemptPaused {
  /** It is the same in each try to deliver the event. */
  id: string;
  type: "attempt.paused";
  timestamp: string;
  data: AttemptPausedData;
}

/** A paid test waits for its payment. `user_id` is present if the user is known. */
export interface AttemptPausedData {
  session: string;
  test: string;
  sandbox?: boolean;
  user_id?: string;
}

/** An attempt has become a guest's result. `user_id` is present if the user is known. */
export interface ResultFinished {
  /** It is the same in each try to deliver the event. */
  id: string;
  type: "result.finished";
  timestamp: string;
  data: ResultFinishedData;
}

/** An attempt has become a guest's result. `user_id` is present if the user is known. */
export interface ResultFinishedData {
  result_key: string;
  session: string;
  test: string;
  sandbox?: boolean;
  user_id?: string;
}

/** A result belongs to a user. */
export interface ResultAttached {
  /** It is the same in each try to deliver the event. */
  id: string;
  type: "result.attached";
  timestamp: string;
  data: ResultAttachedData;
}

/** A result belongs to a user. */
export interface ResultAttachedData {
  result_key: string;
  test: string;
  user_id: string;
  sandbox?: boolean;
}

/** The issued accesses have reached 80 % or 100 % of a prepaid limit. */
export interface AccessLimitNear {
  /** It is the same in each try to deliver the event. */
  id: string;
  type: "access.limit_near";
  timestamp: string;
  data: AccessLimitNearData;
}

/** The issued accesses have reached 80 % or 100 % of a prepaid limit. */
export interface AccessLimitNearData {
  access_count: number;
  access_limit: number;
  overdraft: number;
  percent: number;
  sandbox?: boolean;
}

/** An event that a webhook tells, by its `type`. */
export type WebhookEvent =
  | AccessLimitNear
  | AttemptPaused
  | ResultAttached
  | ResultFinished
  | UnknownEvent;

/** The stable name of a refusal's reason. A newer gateway may have others. */
export type Reason =
  | "access_limit_reached"
  | "amount_too_large"
  | "bad_request"
  | "body_too_large"
  | "busy"
  | "client_not_found"
  | "delivery_not_found"
  | "headers_too_large"
  | "idempotency_key_in_use"
  | "idempotency_key_reused"
  | "internal"
  | "method_not_allowed"
  | "parameter_invalid"
  | "parameter_missing"
  | "progress_invalid"
  | "rate_limited"
  | "result_attached_to_another_user"
  | "result_limit_reached"
  | "result_not_attached"
  | "result_not_found"
  | "session_not_found"
  | "storage_unavailable"
  | "test_not_allowed"
  | "test_not_found"
  | "user_not_found"
  | (string & {});

/** The access limit is reached. */
export declare class AccessLimitReached extends GatewayError {
  readonly code: 403;
  readonly reason: "access_limit_reached";
}

/** The total has too many digits to be exact. Ask for a shorter period. */
export declare class AmountTooLarge extends GatewayError {
  readonly code: 422;
  readonly reason: "amount_too_large";
}

/** The request can't be understood. */
export declare class BadRequest extends GatewayError {
  readonly code: 400;
  readonly reason: "bad_request";
}

/** The request is larger than 1 MiB. */
export declare class BodyTooLarge extends GatewayError {
  readonly code: 413;
  readonly reason: "body_too_large";
}

/** Too many documents are being made just now. Try again in a moment. */
export declare class Busy extends GatewayError {
  readonly code: 503;
  readonly reason: "busy";
}

/** Client not found with the provided token. */
export declare class ClientNotFound extends GatewayError {
  readonly code: 404;
  readonly reason: "client_not_found";
}

/** Delivery not found. */
export declare class DeliveryNotFound extends GatewayError {
  readonly code: 404;
  readonly reason: "delivery_not_found";
}

/** The headers are larger than 64 KiB. */
export declare class HeadersTooLarge extends GatewayError {
  readonly code: 431;
  readonly reason: "headers_too_large";
}

/** A call with this Idempotency-Key is running. Try again in a moment. */
export declare class IdempotencyKeyInUse extends GatewayError {
  readonly code: 409;
  readonly reason: "idempotency_key_in_use";
}

/** This Idempotency-Key was used for another call. */
export declare class IdempotencyKeyReused extends GatewayError {
  readonly code: 422;
  readonly reason: "idempotency_key_reused";
}

/** Something went wrong on our side. */
export declare class Internal extends GatewayError {
  readonly code: 500;
  readonly reason: "internal";
}

/** This address does not answer to this method. */
export declare class MethodNotAllowed extends GatewayError {
  readonly code: 405;
  readonly reason: "method_not_allowed";
}

/** Invalid "limit": it is a whole number from 1 to 1000. */
export declare class ParameterInvalid extends GatewayError {
  readonly code: 400;
  readonly reason: "parameter_invalid";
}

/** The required "test" parameter is missing. */
export declare class ParameterMissing extends GatewayError {
  readonly code: 400;
  readonly reason: "parameter_missing";
}

/** Question "7" is missing. */
export declare class ProgressInvalid extends GatewayError {
  readonly code: 422;
  readonly reason: "progress_invalid";
}

/** Too many requests. Try again later. */
export declare class RateLimited extends GatewayError {
  readonly code: 429;
  readonly reason: "rate_limited";
}

/** The result is already attached to another user. */
export declare class ResultAttachedToAnotherUser extends GatewayError {
  readonly code: 409;
  readonly reason: "result_attached_to_another_user";
}

/** The limit of saved results per user is reached. */
export declare class ResultLimitReached extends GatewayError {
  readonly code: 403;
  readonly reason: "result_limit_reached";
}

/** The result is not attached to a user. */
export declare class ResultNotAttached extends GatewayError {
  readonly code: 403;
  readonly reason: "result_not_attached";
}

/** Result not found with the provided key. */
export declare class ResultNotFound extends GatewayError {
  readonly code: 404;
  readonly reason: "result_not_found";
}

/** Session not found. */
export declare class SessionNotFound extends GatewayError {
  readonly code: 404;
  readonly reason: "session_not_found";
}

/** The storage is unavailable. Try again later. */
export declare class StorageUnavailable extends GatewayError {
  readonly code: 503;
  readonly reason: "storage_unavailable";
}

/** The provider has no access to this test. */
export declare class TestNotAllowed extends GatewayError {
  readonly code: 403;
  readonly reason: "test_not_allowed";
}

/** Test not found. */
export declare class TestNotFound extends GatewayError {
  readonly code: 404;
  readonly reason: "test_not_found";
}

/** User not found with the provided key. */
export declare class UserNotFound extends GatewayError {
  readonly code: 404;
  readonly reason: "user_not_found";
}
