/** Speaks for the client in the suite of cases of all clients. tests/clients/README.md is its protocol. */

import { Buffer } from "node:buffer";
import { createInterface } from "node:readline";
import { inspect } from "node:util";

import { AnswerError, Client, GatewayError, TransportError, verifyWebhook, WebhookError } from "../src/index.js";

const EVERYTHING = { depth: Infinity, showHidden: true, getters: true };

/** The client of the last `client` command. @type {Client} */
let client;

const COMMANDS = {
  client({ address, key, options = {} }) {
    client = new Client(address, key, {
      timeoutMs: options.timeout_s && options.timeout_s * 1000,
      attempts: options.attempts,
      longestWaitMs: options.longest_wait_s && options.longest_wait_s * 1000,
      answerLimit: options.answer_limit,
    });
    return { sandbox: client.isSandbox };
  },

  call({ call, parameters, idempotency_key }) {
    return client[methodOf(call)](parameters, { idempotencyKey: idempotency_key });
  },

  async all({ call, parameters, first = Infinity }) {
    const items = [];
    if (first === 0) return items;
    for await (const item of client[`${methodOf(call)}All`](parameters)) {
      if (items.push(item) >= first) break;
    }
    return items;
  },

  async file({ call, parameters, idempotency_key }) {
    const options = { idempotencyKey: idempotency_key };
    const { media_type, filename, content } = await client[`${methodOf(call)}File`](parameters, options);
    return { media_type, filename, base64: Buffer.from(content).toString("base64") };
  },

  webhook({ secrets, headers, body }) {
    return verifyWebhook(secrets.length === 1 ? secrets[0] : secrets, headers, Buffer.from(body, "base64"));
  },

  show() {
    const shown = [inspect(client, EVERYTHING), JSON.stringify(client), String(client), Object.entries(client)];
    return [...shown, ...Object.values(Object.getOwnPropertyDescriptors(client)).map((each) => inspect(each, EVERYTHING))].join("\n");
  },
};

/** `resultAttach` for `result/attach`. */
function methodOf(call) {
  return call.replace(/[/_](.)/g, (_, letter) => letter.toUpperCase());
}

function described(error) {
  const { code = null, reason = null, request_id = null, message } = error;
  return { kind: kindOf(error), class: classOf(error), reason, code, message, request_id, text: inspect(error, EVERYTHING) };
}

function kindOf(error) {
  if (error instanceof GatewayError) return "gateway";
  if (error instanceof TransportError) return "transport";
  if (error instanceof AnswerError) return "answer";
  if (error instanceof WebhookError) return "webhook";
  if (error instanceof TypeError) return "argument";
  return "unexpected";
}

function classOf({ name }) {
  return name.replace(/Error$/, "");
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { do: command, ...given } = JSON.parse(line);
    answer = { value: (await COMMANDS[command](given)) ?? null };
  } catch (error) {
    answer = { error: described(error) };
  }
  process.stdout.write(`${JSON.stringify({ ...answer, logged: "" })}\n`);
}
