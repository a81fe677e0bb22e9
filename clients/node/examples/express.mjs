/**
 * The same partner's server as http.mjs, with Express 4 or 5.
 *
 *     npm install express @widget-gateway/client
 *     GATEWAY_URL=https://gateway.example GATEWAY_CLIENT_KEY=test_… GATEWAY_WEBHOOK_SECRET=whsec_… node express.mjs
 */

import { randomUUID } from "node:crypto";

import { Client, GatewayError, receiveWebhook, WebhookError } from "@widget-gateway/client";
import express from "express";

const { GATEWAY_URL, GATEWAY_CLIENT_KEY, GATEWAY_WEBHOOK_SECRET, PORT = "8000" } = process.env;

const gateway = new Client(GATEWAY_URL, GATEWAY_CLIENT_KEY);

/** User ids by session cookie, and the webhooks that were handled. A real site has both in its database. */
const sessions = new Map();
const handled = new Set();

const app = express();

/** Hands a rejected promise to the handler of errors, as Express 5 does by itself. */
const caught = (handle) => (request, response, next) => handle(request, response).catch(next);

// Before express.json(): the signature is of the body as it came, so nothing may parse it.
app.post("/hooks/tests", caught(async (request, response) => {
  const event = await receiveWebhook(GATEWAY_WEBHOOK_SECRET, request);
  if (!handled.has(event.id)) {
    handled.add(event.id);
    console.log(event.type, event.data.test ?? "");
  }
  response.sendStatus(204);
}));

app.use(express.json());

app.post("/sign-in", (request, response) => {
  const session = randomUUID();
  sessions.set(session, request.body.name); // after a check of a password, on a real site
  response.cookie("session", session, { httpOnly: true, sameSite: "lax" }).sendStatus(204);
});

app.use((request, response, next) => {
  const [, session] = /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? "") ?? [];
  response.locals.user = sessions.get(session);
  if (response.locals.user === undefined) response.sendStatus(401);
  else next();
});

// The page sends the key that the widget told. Whose result it becomes only the server decides.
app.post("/results", caught(async (request, response) => {
  await gateway.resultAttach({ user_id: response.locals.user, result_key: request.body.result_key });
  response.sendStatus(204);
}));

app.get("/report.pdf", caught(async (request, response) => {
  const { result_key } = request.query;
  const { passed } = await gateway.userTests({ user_id: response.locals.user });
  if (!passed.some((result) => result.result_key === result_key)) return response.sendStatus(404);
  const { content, media_type } = await gateway.resultGetFile({ result_key, format: "pdf" });
  response.type(media_type).send(Buffer.from(content));
}));

// Express takes it for the handler of errors because it has four parameters.
app.use((error, request, response, next) => {
  if (error instanceof WebhookError || error instanceof SyntaxError) return response.sendStatus(400);
  console.error(error); // nothing in it is secret
  response.sendStatus(error instanceof GatewayError && error.code < 500 ? error.code : 503);
});

const server = app.listen(Number(PORT), "127.0.0.1", () => console.log(`Ready at http://127.0.0.1:${server.address().port}`));
