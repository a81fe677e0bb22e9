/** What the page says, in the language that the browser prefers. */
import { texts as en } from './texts/en.js';
import { texts as ru } from './texts/ru.js';

const russian = navigator.languages.find((one) => /^(ru|en)\b/i.test(one))?.toLowerCase().startsWith('ru') ?? false;

export const language = russian ? 'ru' : 'en';

/** @type {typeof en} */
export const t = russian ? ru : en;
