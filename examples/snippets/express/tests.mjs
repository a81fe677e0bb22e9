import { createHmac, timingSafeEqual } from 'node:crypto';

import { Client, GatewayError, receiveWebhook, WebhookError } from '@widget-gateway/client';
import express from 'express';

const { GATEWAY_URL, GATEWAY_KEY, WEBHOOK_SECRET, PAYMENT_SECRET } = process.env;
const gateway = new Client(GATEWAY_URL, GATEWAY_KEY);

// Whose attempt it is. In your database this is a table with a unique `session`.
const owners = new Map();

// Who is signed in, by express-session. The token keeps pages of other sites from calling in the user's name.
function signedIn(request, response, next) {
  const { userId, token } = request.session;
  if (!userId || !token || request.get('X-CSRF-Token') !== token) return response.sendStatus(403);
  request.user = `user-${userId}`;
  next();
}

function signedByPayments(request, response, next) {
  const expected = createHmac('sha256', PAYMENT_SECRET).update(request.body).digest();
  const given = Buffer.from(request.get('X-Signature') ?? '', 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return response.sendStatus(403);
  request.body = JSON.parse(request.body);
  next();
}

const raw = express.raw({ type: '*/*' }); // what is signed has to stay as it came
const json = express.json();

export const tests = express.Router();

tests.post('/attempts', json, signedIn, ({ body, user }, response) => {
  if (!owners.has(body.session)) owners.set(body.session, user);
  response.json({});
});

tests.post('/checkout', json, signedIn, ({ body }, response) => {
  // Make a payment at your payment system, with the session in its metadata.
  response.json({ price: '490 ₽', href: `/pay?session=${encodeURIComponent(body.session)}` });
});

tests.post('/results', json, signedIn, async ({ body, user }, response) => {
  await gateway.resultAttach({ result_key: body.result_key, user_id: user });
  const { scales } = await gateway.resultGet({ result_key: body.result_key, locale: 'en' });
  response.json({ scales });
});

// The payment system calls this, and signs in a way of its own.
tests.post('/paid', raw, signedByPayments, async ({ body }, response) => {
  await gateway.paymentConfirm({ session: body.session, payment_id: body.payment_id });
  response.json({});
});

// The gateway calls this, maybe twice: to attach once more does no harm.
tests.post('/webhook', raw, async (request, response) => {
  const event = await receiveWebhook(WEBHOOK_SECRET, request);
  const owner = event.type === 'result.finished' && owners.get(event.data.session);
  if (owner) await gateway.resultAttach({ result_key: event.data.result_key, user_id: owner });
  response.sendStatus(204);
});

tests.use((error, request, response, next) => {
  if (error instanceof WebhookError) return response.sendStatus(400);
  if (error instanceof GatewayError) return response.status(error.code).json({ reason: error.reason });
  next(error);
});
