/** Servers that are no gateway: what a client has to survive. */

import { once } from "node:events";
import { createServer } from "node:http";

/**
 * Starts a server that answers by `answer(request, response, body)`, and gives its address to `use`.
 * All requests are in the list that `use` gets with it.
 */
export async function withServer(answer, use) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    requests.push({ headers: request.headers, method: request.method, url: request.url, body });
    await answer(request, response, body, requests.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use(`http://127.0.0.1:${server.address().port}`, requests);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Answers with this value as JSON. */
export function sendJson(response, value, status = 200, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json; charset=UTF-8", ...headers });
  response.end(JSON.stringify(value));
}

/** Answers with a refusal as the gateway spells it. */
export function refuse(response, status, reason, message, headers = {}) {
  sendJson(response, { error: { code: status, reason, message } }, status, headers);
}
