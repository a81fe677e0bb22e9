/** A partner's site on Widget Gateway, in plain Node. The README beside it says how to run it. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { DatabaseSync } from 'node:sqlite';
// From npm it is '@widget-gateway/client'.
import * as api from '../../clients/node/src/index.js';

const { PARTNER_PORT, SITE_URL, SITE_SECRET, SITE_DATABASE } = process.env;
const { GATEWAY_URL, GATEWAY_PROVIDER, GATEWAY_CLIENT_KEY, GATEWAY_WEBHOOK_SECRET } = process.env;
const PAGES = new URL('../site/', import.meta.url);
const FILLED = { '%GATEWAY%': GATEWAY_URL, '%CHANNEL%': GATEWAY_URL.replace('http', 'ws'), '%PROVIDER%': GATEWAY_PROVIDER };

const read = (name) =>
  readFileSync(new URL(name, PAGES), 'utf8').replace(/%[A-Z]+%/g, (known) => FILLED[known] ?? known);
const about = JSON.parse(read('site.json'));
const gateway = new api.Client(GATEWAY_URL, GATEWAY_CLIENT_KEY);
const database = new DatabaseSync(SITE_DATABASE);
database.exec(readFileSync(new URL('schema.sql', PAGES), 'utf8'));

/** A refusal of the site, with a reason for which the pages have words. */
const refusal = (code, reason) => new api.GatewayError({ code, reason, message: reason });

const rows = (query, ...values) => database.prepare(query).all(...values);

/** A row of the signed-in user. What is another user's looks as if it did not exist. */
function own(user, view, column, value) {
  const [row] = rows(`SELECT * FROM own_${view} WHERE ${column} = ? AND user = ?`, value, user);
  if (!row) throw refusal(404, 'session_not_found');
  return row;
}

/** Attaches the result of a session to its user. The page and the webhook both lead here. */
async function attach({ session, user }) {
  const { result_key } = await gateway.sessionGet({ session });
  if (!result_key) throw refusal(409, 'not_finished');
  await gateway.resultAttach({ user_id: user, result_key });
  rows('INSERT OR IGNORE INTO results VALUES (?, ?, CURRENT_TIMESTAMP)', session, result_key);
  return { result_key };
}

const CALLS = {
  async 'api/sign_in'(_, { name }, response) {
    const user = name.trim().replace(/\s+/g, ' ').slice(0, 60);
    const text = `${encodeURIComponent(user).replaceAll('.', '%2E')}.${Date.now() + 30 * 86_400_000}`;
    const secure = SITE_URL.startsWith('https:') ? '; Secure' : '';
    const cookie = user ? `${text}.${sign(text)}` : '; Max-Age=0';
    response.setHeader('Set-Cookie', `sign_in=${cookie}; Path=/; HttpOnly; SameSite=Lax${secure}`);
    response.setHeader('Clear-Site-Data', '"storage"'); // The widget forgets the user before.
    return { user: user || null };
  },

  async 'api/attempt'(user, { session, resume_token }) {
    const known = await gateway.sessionGet({ session }); // It may be anybody's. The first to report it keeps it.
    rows('INSERT OR IGNORE INTO attempts VALUES (?, ?, ?, ?)', known.session, user, known.test, resume_token);
    own(user, 'attempts', 'session', known.session);
    return { answered: known.answered, length: known.length, paid: known.paid };
  },

  async 'api/order'(user, { session }) {
    const price = about.prices[own(user, 'attempts', 'session', session).test];
    rows('INSERT OR IGNORE INTO orders (session, price) VALUES (?, ?)', session, price);
    return own(user, 'orders', 'session', session);
  },

  async 'api/pay'(user, { order }) {
    const { session } = own(user, 'orders', 'id', order);
    rows('UPDATE orders SET paid = 1 WHERE id = ?', order); // Your payment provider says so.
    await gateway.paymentConfirm({ session, payment_id: order });
    return { paid: true };
  },

  'api/finish': (user, { session }) => attach(own(user, 'attempts', 'session', session)),
};

async function take(event) {
  const session = ['attempt.paused', 'result.finished'].includes(event.type) ? event.data.session : null;
  for (const kept of rows('SELECT * FROM attempts WHERE session = ?', session)) {
    if (event.type === 'result.finished') await attach(kept); // The page may have been closed too early.
    const letter = [event.id, kept.user, event.type, kept.test, event.timestamp];
    rows('INSERT OR IGNORE INTO letters VALUES (?, ?, ?, ?, ?)', ...letter);
  }
  return {};
}

const sign = (text) => createHmac('sha256', SITE_SECRET).update(text).digest('base64url');

/** The user of the cookie, if this server has signed it and it is younger than 30 days. */
function signedIn({ headers }) {
  const [, text, user, until, given] =
    /(?:^|; )sign_in=(([^.;]+)\.(\d+))\.([\w-]{43})(?:;|$)/.exec(headers.cookie ?? '') ?? [];
  const isOurs = given && timingSafeEqual(Buffer.from(given), Buffer.from(sign(text)));
  return isOurs && Date.now() < Number(until) ? decodeURIComponent(user) : null;
}

function me(user) {
  const lists = about.lists.map((list) => [list, rows(`SELECT * FROM own_${list} WHERE user = ?`, user)]);
  return { user, sandbox: gateway.isSandbox, ...Object.fromEntries(lists) };
}

async function report(response, user, query) {
  const asked = Object.fromEntries(about.report.map((name) => [name, query.get(name)]));
  own(user, 'results', 'result_key', asked.result_key); // So it is attached.
  response.setHeader('Content-Security-Policy', about.report_policy);
  return gateway.resultGetFile(asked);
}

function page(response, name) {
  const file = name.includes('.') ? name : `${name}.html`;
  const isPage = /^[a-z-]+\.(html|css|js|json|svg)$/.test(file) && existsSync(new URL(file, PAGES));
  response.statusCode = isPage ? 200 : 404;
  const type = isPage ? file.split('.')[1] : 'html';
  return { media_type: about.types[type], content: read(isPage ? file : 'not-found.html') };
}

async function answer(request, response) {
  const [path, query] = request.url.split('?');
  const [name, user] = [path.slice(1) || 'home', signedIn(request)];
  if (name === 'api/me') return me(user);
  if (name === 'report') return report(response, user, new URLSearchParams(query));
  if (request.method === 'GET') return page(response, name);
  if (name === 'webhook') return take(await api.receiveWebhook(GATEWAY_WEBHOOK_SECRET, request));
  // Pages of other sites can't send both: browsers tell their origin, and ask before JSON.
  const { origin, 'content-type': type, 'content-length': length } = request.headers;
  if (origin !== SITE_URL || type !== 'application/json' || !(length < 65_536)) throw refusal(403, 'forbidden');
  if (!user && name !== 'api/sign_in') throw refusal(401, 'sign_in_first');
  if (!Object.hasOwn(CALLS, name)) throw refusal(404, 'fault');
  return CALLS[name](user, await json(request), response);
}

const server = createServer(async (request, response) => {
  for (const [name, value] of Object.entries(about.headers)) response.setHeader(name, value);
  const told = await answer(request, response).catch((error) => {
    const isSilent = error instanceof api.TransportError || error instanceof api.AnswerError;
    const { code, reason } = error.reason ? error : refusal(isSilent ? 503 : 400, isSilent ? 'unreachable' : 'parameter_invalid');
    response.statusCode = code;
    return { reason };
  });
  response.setHeader('Content-Type', told.media_type ?? 'application/json');
  response.end(told.content ?? JSON.stringify(told));
});
server.listen(PARTNER_PORT, 'localhost', () => console.log(`Partner site is ready at ${SITE_URL}`));
