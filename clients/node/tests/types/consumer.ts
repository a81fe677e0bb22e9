// How a partner's TypeScript sees the package. Each `@ts-expect-error` is a mistake that has to be found.

import { createServer } from "node:http";

import {
  AccessLimitReached,
  type AttemptPausedData,
  type Calculation,
  Client,
  GatewayError,
  type GatewayFile,
  type Reason,
  receiveWebhook,
  ResultNotFound,
  TransportError,
  verifyWebhook,
  type WebhookEvent,
} from "@widget-gateway/client";
import express from "express";

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
/** Refuses to compile unless both types are the same. */
function same<One, Other>(_: Same<One, Other>): void {}

export const gateway = new Client("https://gateway.example", "test_key", { timeoutMs: 5_000, attempts: 2 });
const result_key = "3f0c4b4e-8b0a-4f6e-9f57-2a8f5f0d8f10";

// @ts-expect-error the key is missing
new Client("https://gateway.example");
// @ts-expect-error there is no such option
new Client("https://gateway.example", "test_key", { retries: 2 });
// @ts-expect-error it never changes
gateway.isSandbox = true;

export async function callsTakeAndAnswerWhatTheApiSays(user_id: string | undefined): Promise<void> {
  const result = await gateway.resultGet({ result_key, locale: "ru" });
  same<typeof result, Calculation>(true);
  const percentages: number[] = result.scales.map((scale) => scale.percentage);
  const profile: string | null | undefined = result.profiles?.[0]?.name;
  // @ts-expect-error a test may have no profiles
  result.profiles[0];
  // @ts-expect-error there is no such field
  result.percentages;

  await gateway.resultAttach({ result_key, user_id: "anna" });
  await gateway.resultAttach({ result_key, user_key: result_key });
  await gateway.resultAttach({ result_key, user_id: 17, user_key: result_key }, { signal: AbortSignal.timeout(1_000) });
  // @ts-expect-error whose result it is, is missing
  await gateway.resultAttach({ result_key });
  // @ts-expect-error nobody may be signed in
  await gateway.resultAttach({ result_key, user_id });
  // @ts-expect-error the name is misspelt
  await gateway.resultAttach({ result_key, userId: "anna" });
  // @ts-expect-error there is no such call
  await gateway.resultAtach({ result_key, user_id: "anna" });
  // @ts-expect-error the result is missing
  await gateway.resultGet();
  // @ts-expect-error a file has a method of its own
  await gateway.resultGet({ result_key, format: "pdf" });

  const file = await gateway.resultGetFile({ result_key, format: "pdf" });
  same<typeof file, GatewayFile>(true);
  // @ts-expect-error a report is no table
  await gateway.resultGetFile({ result_key, format: "csv" });

  await gateway.progressSave({ test: "work-values", progress: [["1", ["3"]], ["2", []]] });
  await gateway.progressSave({ test: "work-values", progress: { 1: "3", 2: ["a", "b"] } });
  // @ts-expect-error an answer is a pair
  await gateway.progressSave({ test: "work-values", progress: [["1"]] });

  const { state } = await gateway.sessionGet({ session: result_key });
  const isPaused: boolean = state === "awaiting_payment";
  const word: string = state; // a newer gateway may have other states

  await gateway.stats();
  await gateway.users();
  await gateway.users({ test: undefined, limit: 10 });
  for await (const { user_id: id, results } of gateway.usersAll({ passed: true })) {
    same<typeof id, string>(true);
    same<(typeof results)[number]["test"], string>(true);
  }
  // @ts-expect-error it goes through all pages by itself
  gateway.usersAll({ after: "cursor" });
  console.log(percentages, profile, isPaused, word);
}

export function refusalsAreToldByTheirClasses(error: unknown): string {
  if (error instanceof ResultNotFound) {
    same<typeof error.reason, "result_not_found">(true);
    same<typeof error.code, 404>(true);
  }
  if (error instanceof AccessLimitReached || error instanceof TransportError) return String(error.retryable);
  if (error instanceof GatewayError) {
    same<typeof error.reason, Reason>(true);
    // @ts-expect-error it is for reading
    error.code = 200;
    return error.request_id ?? error.reason;
  }
  return "";
}

export async function eventsAreToldByTheirTypes(event: WebhookEvent): Promise<string> {
  switch (event.type) {
    case "attempt.paused":
      same<typeof event.data, AttemptPausedData>(true);
      // @ts-expect-error it has no result yet
      event.data.result_key;
      return event.data.session;
    case "result.finished":
    case "result.attached":
      return event.data.result_key;
    case "access.limit_near":
      return String(event.data.percent);
    default:
      same<typeof event.data, Record<string, unknown>>(true);
      return event.type; // of a newer gateway
  }
}

export async function webhooksComeByEveryServer(secret: string): Promise<void> {
  createServer(async (request, response) => {
    const event = await receiveWebhook(secret, request);
    response.end(event.id);
  });
  express().post("/hooks", async (request, response) => {
    await receiveWebhook([secret, secret], request, { toleranceSeconds: 60 });
    await verifyWebhook(secret, request.headers, request.body);
    response.sendStatus(204);
  });
  const request = new Request("https://college.example/hooks");
  await receiveWebhook(secret, request);
  await verifyWebhook(secret, request.headers, await request.arrayBuffer());
  // @ts-expect-error a parsed body can't be verified
  await verifyWebhook(secret, request.headers, { type: "attempt.paused" });
}
