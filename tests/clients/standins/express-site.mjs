// An Express application around the snippet: real Express, with a way to sign in beside it.
import { randomBytes } from 'node:crypto';

import express from 'express';
import session from 'express-session';

import { tests } from './tests.mjs';

const app = express();
app.use(session({ secret: 'the key of a test', resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }));
app.get('/_sign-in', (request, response) => {
  Object.assign(request.session, { userId: request.query.user, token: randomBytes(16).toString('hex') });
  response.json({ token: request.session.token });
});
app.use('/tests', tests);
app.listen(process.env.PORT, '127.0.0.1');
