/** The texts of the home and the editor's desk, in the language of the page. */
import { language } from '../texts.js';
import { texts as en } from './texts/en.js';
import { texts as ru } from './texts/ru.js';

/** @type {typeof en} */
export const t = language === 'ru' ? ru : en;
