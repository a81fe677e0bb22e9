import express from 'express';
import session from 'express-session';

import { tests } from './tests.mjs';

const app = express();
app.use(session({ secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }));
app.use('/tests', tests);
app.listen(process.env.PORT ?? 8000);
