/**
 * A partner's server with nothing but Node: it attaches results to its users, shows their reports, and receives webhooks.
 *
 *     GATEWAY_URL=https://gateway.example GATEWAY_CLIENT_KEY=test_… GATEWAY_WEBHOOK_SECRET=whsec_… node http.mjs
 */

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

import { Client, GatewayError, receiveWebhook, WebhookError } from "@widget-gateway/client";

const { GATEWAY_URL, GATEWAY_CLIENT_KEY, GATEWAY_WEBHOOK_SECRET, PORT = "8000" } = process.env;

const gateway = new Client(GATEWAY_URL, GATEWAY_CLIENT_KEY);

/** User ids by session cookie, and the webhooks that were handled. A real site has both in its database. */
const sessions = new Map();
const handled = new Set();

/** What answers to each method and path, with a status, headers and a body. Only these two need nobody signed in. */
const OPEN = {
  async "POST /sign-in"(request) {
    const { name } = await readJson(request); // and a password, on a real site
    const session = randomUUID();
    sessions.set(session, name);
    return [204, { "Set-Cookie": `session=${session}; HttpOnly; SameSite=Lax; Path=/` }];
  },

  async "POST /hooks/tests"(request) {
    const event = await receiveWebhook(GATEWAY_WEBHOOK_SECRET, request);
    if (!handled.has(event.id)) {
      handled.add(event.id);
      console.log(event.type, event.data.test ?? "");
    }
    return [204];
  },
};

const FOR_USERS = {
  // The page sends the key that the widget told. Whose result it becomes only the server decides.
  async "POST /results"(request, user) {
    const { result_key } = await readJson(request);
    await gateway.resultAttach({ user_id: user, result_key });
    return [204];
  },

  async "GET /report.pdf"(request, user, query) {
    const result_key = query.get("result_key");
    const { passed } = await gateway.userTests({ user_id: user });
    if (!passed.some((result) => result.result_key === result_key)) return [404];
    const { content, media_type } = await gateway.resultGetFile({ result_key, format: "pdf" });
    return [200, { "Content-Type": media_type }, content];
  },
};

async function readJson(request) {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) {
    text += piece;
    if (text.length > 10_000) throw new SyntaxError("The body is too long.");
  }
  return JSON.parse(text);
}

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url, "http://site");
  const name = `${request.method} ${pathname}`;
  if (name in OPEN) return OPEN[name](request);
  const [, session] = /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? "") ?? [];
  const user = sessions.get(session);
  if (user === undefined) return [401];
  return name in FOR_USERS ? FOR_USERS[name](request, user, searchParams) : [404];
}

/** What a page is answered when something went wrong. It is logged; nothing in it is secret. */
function statusOf(error) {
  if (error instanceof WebhookError || error instanceof SyntaxError) return 400;
  console.error(error);
  return error instanceof GatewayError && error.code < 500 ? error.code : 503;
}

const server = createServer(async (request, response) => {
  const [status, headers = {}, body] = await answer(request).catch((error) => [statusOf(error)]);
  response.writeHead(status, headers).end(body);
});

server.listen(Number(PORT), "127.0.0.1", () => console.log(`Ready at http://127.0.0.1:${server.address().port}`));
