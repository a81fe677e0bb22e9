/** The texts of the page, in the language that the browser prefers. */
import { texts as en } from './texts/en.js';
import { texts as ru } from './texts/ru.js';

const russian = navigator.languages.find((code) => /^(ru|en)\b/i.test(code))?.toLowerCase().startsWith('ru') ?? false;

export const language = russian ? 'ru' : 'en';

/** @type {typeof en} */
export const t = russian ? ru : en;
