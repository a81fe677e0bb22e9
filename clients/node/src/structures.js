// Printed by `python -m clients.generator`: change the gateway's declarations instead.

import * as shapes from "./shapes.js";

export const AttemptState = shapes.string;

export const PaymentPolicy = shapes.string;

export const WebhookEventType = shapes.string;

export const DeliveryState = shapes.string;

export const Browser = shapes.string;

export const System = shapes.string;

export const Form = shapes.string;

export const RegisteredUser = shapes.object(() => ({
  user_key: shapes.string,
  sandbox: shapes.optional(shapes.boolean),
}));

export const UserList = shapes.object(() => ({
  users: shapes.list(ListedUser),
  next: shapes.nullable(shapes.string),
  sandbox: shapes.optional(shapes.boolean),
}));

export const ListedUser = shapes.object(() => ({
  user_id: shapes.string,
  user_key: shapes.string,
  created_at: shapes.string,
  results: shapes.list(ResultOfUser),
  sandbox: shapes.optional(shapes.boolean),
}));

export const ResultOfUser = shapes.object(() => ({
  result_key: shapes.string,
  test: shapes.string,
  created_at: shapes.string,
  sandbox: shapes.optional(shapes.boolean),
}));

export const TestsOfUser = shapes.object(() => ({
  passed: shapes.list(ResultOfUser),
  available: shapes.list(shapes.string),
  sandbox: shapes.optional(shapes.boolean),
}));

export const IssuedToken = shapes.object(() => ({
  access_token: shapes.string,
  expires_at: shapes.string,
  sandbox: shapes.optional(shapes.boolean),
}));

export const SavedResult = shapes.object(() => ({
  result_key: shapes.string,
  sandbox: shapes.optional(shapes.boolean),
}));

export const SessionState = shapes.object(() => ({
  session: shapes.string,
  state: AttemptState,
  test: shapes.string,
  version: shapes.number,
  locale: shapes.string,
  paid: shapes.boolean,
  payment_id: shapes.nullable(shapes.string),
  answers: shapes.list(shapes.tuple(shapes.string, shapes.list(shapes.string))),
  answered: shapes.number,
  length: shapes.number,
  pause_after: shapes.nullable(shapes.number),
  created_at: shapes.string,
  result_key: shapes.optional(shapes.string),
  user_id: shapes.optional(shapes.string),
  sandbox: shapes.optional(shapes.boolean),
}));

export const Done = shapes.object(() => ({
  status: shapes.boolean,
}));

export const Calculation = shapes.object(() => ({
  test: shapes.string,
  version: shapes.number,
  created_at: shapes.string,
  scales: shapes.list(Scale),
  variables: shapes.map(shapes.anything),
  profiles: shapes.optional(shapes.list(Profile)),
  sandbox: shapes.optional(shapes.boolean),
}));

export const Scale = shapes.object(() => ({
  id: shapes.string,
  title: shapes.nullable(shapes.string),
  description: shapes.nullable(shapes.string),
  score: shapes.number,
  min: shapes.number,
  max: shapes.number,
  percentage: shapes.number,
  level: shapes.nullable(shapes.string),
  level_text: shapes.nullable(shapes.string),
  color: shapes.nullable(shapes.string),
  part_of: shapes.optional(shapes.nullable(shapes.string)),
  norms: shapes.optional(shapes.list(NormValue)),
}));

export const NormValue = shapes.object(() => ({
  group: shapes.nullable(shapes.string),
  title: shapes.nullable(shapes.string),
  t_score: shapes.number,
  percentile: shapes.number,
}));

export const Profile = shapes.object(() => ({
  id: shapes.string,
  name: shapes.nullable(shapes.string),
  fit: shapes.number,
  combination: shapes.list(CombinedScale),
  text: shapes.nullable(shapes.string),
  image: shapes.nullable(Picture),
  link: shapes.nullable(shapes.string),
  values: shapes.list(shapes.string),
  kinds: shapes.list(Kind),
}));

export const CombinedScale = shapes.object(() => ({
  scale: shapes.string,
  title: shapes.nullable(shapes.string),
  weight: shapes.number,
  percentage: shapes.number,
}));

export const Picture = shapes.object(() => ({
  src: shapes.string,
  alt: shapes.nullable(shapes.string),
  width: shapes.nullable(shapes.number),
  height: shapes.nullable(shapes.number),
}));

export const Kind = shapes.object(() => ({
  name: shapes.nullable(shapes.string),
  text: shapes.nullable(shapes.string),
  image: shapes.nullable(Picture),
  link: shapes.nullable(shapes.string),
}));

export const AnsweredQuestion = shapes.object(() => ({
  id: shapes.string,
  name: shapes.nullable(shapes.string),
  text: shapes.nullable(shapes.string),
  items: shapes.list(Item),
}));

export const Item = shapes.object(() => ({
  text: shapes.nullable(shapes.string),
  value: shapes.nullable(shapes.string),
  opted: shapes.boolean,
  id: shapes.optional(shapes.string),
}));

export const Stats = shapes.object(() => ({
  payment_policy: PaymentPolicy,
  access_limit: shapes.number,
  access_count: shapes.number,
  access_left: shapes.nullable(shapes.number),
  users: shapes.number,
  results: shapes.number,
  by_test: shapes.map(CountsOfTest),
  sandbox: shapes.optional(shapes.boolean),
}));

export const CountsOfTest = shapes.object(() => ({
  started: shapes.number,
  paused: shapes.number,
  finished: shapes.number,
  attached: shapes.number,
}));

export const InvoiceAnswer = shapes.object(() => ({
  provider: shapes.string,
  from: shapes.string,
  to: shapes.string,
  timezone: shapes.string,
  access_count: shapes.number,
  price: shapes.nullable(shapes.string),
  total: shapes.nullable(shapes.string),
  currency: shapes.nullable(shapes.string),
  charges: shapes.list(InvoiceCharge),
  totals: shapes.list(InvoiceTotal),
  lines: shapes.list(InvoiceLine),
  sandbox: shapes.optional(shapes.boolean),
}));

export const InvoiceCharge = shapes.object(() => ({
  price: shapes.string,
  currency: shapes.string,
  access_count: shapes.number,
  amount: shapes.string,
}));

export const InvoiceTotal = shapes.object(() => ({
  currency: shapes.string,
  access_count: shapes.number,
  total: shapes.string,
}));

export const InvoiceLine = shapes.object(() => ({
  user_id: shapes.string,
  created_at: shapes.string,
  price: shapes.string,
  currency: shapes.string,
}));

export const DeliveryList = shapes.object(() => ({
  deliveries: shapes.list(ListedDelivery),
  next: shapes.nullable(shapes.string),
  sandbox: shapes.optional(shapes.boolean),
}));

export const ListedDelivery = shapes.object(() => ({
  id: shapes.string,
  type: WebhookEventType,
  created_at: shapes.string,
  data: shapes.map(shapes.anything),
  state: DeliveryState,
  attempts: shapes.number,
  next_attempt_at: shapes.nullable(shapes.string),
  status: shapes.nullable(shapes.number),
  error: shapes.nullable(shapes.string),
  sandbox: shapes.optional(shapes.boolean),
}));

export const Replayed = shapes.object(() => ({
  replayed: shapes.number,
}));

export const Export = shapes.object(() => ({
  exported_at: shapes.string,
  user: ExportedUser,
  access_tokens: shapes.list(ExportedToken),
  kept_calls: shapes.list(ExportedCall),
  results: shapes.list(ResultOfExport),
  attempts: shapes.list(AttemptOfExport),
  webhooks: shapes.list(WebhookOfExport),
  sandbox: shapes.optional(shapes.boolean),
}));

export const ExportedUser = shapes.object(() => ({
  user_id: shapes.string,
  user_key: shapes.string,
  created_at: shapes.string,
  main_results: shapes.number,
  bonus_results: shapes.number,
  removed_results: shapes.number,
  issued_access_tokens: shapes.number,
  access: shapes.nullable(ExportedAccess),
}));

export const ExportedAccess = shapes.object(() => ({
  issued_at: shapes.string,
  price: shapes.string,
  currency: shapes.string,
}));

export const ExportedToken = shapes.object(() => ({
  test: shapes.string,
  paid: shapes.boolean,
  spent: shapes.boolean,
  expires_at: shapes.string,
}));

export const ExportedCall = shapes.object(() => ({
  idempotency_key: shapes.string,
  expires_at: shapes.string,
}));

export const ResultOfExport = shapes.object(() => ({
  result_key: shapes.string,
  session: shapes.nullable(shapes.string),
  created_at: shapes.string,
  attached_at: shapes.nullable(shapes.string),
  locale: shapes.string,
  answers: shapes.list(shapes.tuple(shapes.string, shapes.list(shapes.string))),
  calculation: Calculation,
}));

export const AttemptOfExport = shapes.object(() => ({
  session: shapes.string,
  state: AttemptState,
  test: shapes.string,
  version: shapes.number,
  locale: shapes.string,
  paid: shapes.boolean,
  payment_id: shapes.nullable(shapes.string),
  created_at: shapes.string,
  expires_at: shapes.string,
  result_key: shapes.nullable(shapes.string),
  device: shapes.nullable(DeviceOfExport),
  answers: shapes.list(shapes.tuple(shapes.string, shapes.list(shapes.string))),
}));

export const DeviceOfExport = shapes.object(() => ({
  browser: Browser,
  system: System,
  form: Form,
}));

export const WebhookOfExport = shapes.object(() => ({
  id: shapes.string,
  type: WebhookEventType,
  created_at: shapes.string,
  data: shapes.map(shapes.anything),
  state: DeliveryState,
}));

export const Erasure = shapes.object(() => ({
  status: shapes.boolean,
  erased: ErasedCounts,
  sandbox: shapes.optional(shapes.boolean),
}));

export const ErasedCounts = shapes.object(() => ({
  users: shapes.number,
  accesses: shapes.number,
  results: shapes.number,
  attempts: shapes.number,
  answers: shapes.number,
  access_tokens: shapes.number,
  webhooks: shapes.number,
  kept_answers: shapes.number,
}));

export const AttemptPausedData = shapes.object(() => ({
  session: shapes.string,
  test: shapes.string,
  sandbox: shapes.optional(shapes.boolean),
  user_id: shapes.optional(shapes.string),
}));

export const ResultFinishedData = shapes.object(() => ({
  result_key: shapes.string,
  session: shapes.string,
  test: shapes.string,
  sandbox: shapes.optional(shapes.boolean),
  user_id: shapes.optional(shapes.string),
}));

export const ResultAttachedData = shapes.object(() => ({
  result_key: shapes.string,
  test: shapes.string,
  user_id: shapes.string,
  sandbox: shapes.optional(shapes.boolean),
}));

export const AccessLimitNearData = shapes.object(() => ({
  access_count: shapes.number,
  access_limit: shapes.number,
  overdraft: shapes.number,
  percent: shapes.number,
  sandbox: shapes.optional(shapes.boolean),
}));

/** The shape of each event's data. */
export const EVENTS = new Map([
  ["attempt.paused", AttemptPausedData],
  ["result.finished", ResultFinishedData],
  ["result.attached", ResultAttachedData],
  ["access.limit_near", AccessLimitNearData],
]);
