/** What all pages share: the language, our server's calls, and the top and the bottom of a page. */

import { WORDS } from './words.js';

const LANGUAGES = { ru: 'Русский', en: 'English' };

export const query = new URLSearchParams(location.search);
export const language = chooseLanguage();
export const part = (id) => document.getElementById(id);

/** The visitor's choice by `?lang=`, which a cookie keeps, or else the browser's language. */
function chooseLanguage() {
  const kept = /(?:^|; )lang=(\w+)/.exec(document.cookie)?.[1];
  const code = [query.get('lang'), kept].find((wanted) => Object.hasOwn(LANGUAGES, wanted));
  if (code) document.cookie = `lang=${code}; Path=/; Max-Age=31536000; SameSite=Lax`;
  return code ?? (navigator.language.startsWith('ru') ? 'ru' : 'en');
}

/** The text of a key of words.js, in the visitor's language. */
export function say(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const sayPrice = (price) => (price ? say('price', { price }) : say('free'));

export const sayDay = (moment) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long' }).format(new Date(moment));

/** A refusal of our server, or its silence; the message is for the visitor. */
export class Refusal extends Error {
  constructor(status, reason) {
    super(say(Object.hasOwn(WORDS[language], reason) ? reason : 'fault'));
    Object.assign(this, { status, reason });
  }
}

/** Makes a call of our server: a POST of JSON if there is a body. Throws a `Refusal`. */
export async function ask(call, body) {
  const headers = { 'Content-Type': 'application/json' };
  // With `keepalive` a call that has begun is made also if the visitor leaves the page.
  const post = { method: 'POST', headers, body: JSON.stringify(body), keepalive: true };
  let response;
  try {
    response = await fetch(`/api/${call}`, body ? post : {});
  } catch {
    throw new Refusal(0, 'site_unreachable');
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, answer.reason);
  return answer;
}

/**
 * How far an attempt of the user is. Null if it can't be continued: it has expired, or another
 * user has it.
 */
export async function progressOf({ session, resume_token }) {
  try {
    return await ask('attempt', { session, resume_token });
  } catch (error) {
    if (error.reason === 'session_not_found') return null;
    throw error;
  }
}

/** Name, description and length of a test, which the gateway tells everybody. */
export async function testInfo(me, test) {
  const address = `${me.gateway}/tests/api/v1/info/${encodeURIComponent(test)}/?locale=${language}`;
  const response = await fetch(address).catch(() => null);
  if (!response) throw new Refusal(0, 'unreachable');
  if (!response.ok) throw new Refusal(response.status, response.status === 404 ? 'test_not_found' : 'unreachable');
  return response.json();
}

/** An element with properties and children; texts are text and never markup. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Fills the elements with `data-say` (and `data-title`), those in templates too. */
function fill(root) {
  for (const element of root.querySelectorAll('[data-say]')) element.textContent = say(element.dataset.say);
  for (const element of root.querySelectorAll('[data-title]')) element.title = say(element.dataset.title);
  for (const template of root.querySelectorAll('template')) fill(template.content);
}

function top(me) {
  const logo = make('img', { src: '/logo.svg', alt: '', width: 28, height: 28 });
  const nav = make('nav', {}, make('a', { href: '/' }, say('tests')), make('a', { href: '/results' }, say('myResults')));
  nav.setAttribute('aria-label', say('site'));
  const languages = make('div', { className: 'languages' });
  for (const [code, name] of Object.entries(LANGUAGES)) {
    const address = new URL(location.href);
    address.searchParams.set('lang', code);
    const link = make('a', { href: address.href, lang: code, hreflang: code }, name);
    if (code === language) link.setAttribute('aria-current', 'true');
    languages.append(link);
  }
  const user = make('div', { className: 'user' });
  if (me?.user) {
    const leave = make('button', { className: 'link', type: 'button' }, say('signOut'));
    leave.addEventListener('click', () => ask('sign_in', { name: '' }).then(() => location.assign('/'), showTrouble));
    user.append(make('span', {}, me.user), leave);
  } else {
    user.append(make('a', { href: '/sign-in' }, say('signIn')));
  }
  const brand = make('a', { className: 'brand', href: '/' }, logo, ` ${say('college')}`);
  return make('header', { className: 'top' }, brand, nav, languages, user);
}

/** Shows in place of the page what went wrong. */
export function showTrouble(error) {
  if (!(error instanceof Refusal)) throw error;
  const way = make('p', { className: 'way' }, make('a', { className: 'button', href: '/' }, say('backToTests')));
  const card = make('div', { className: 'card narrow' }, make('h1', {}, say('troubleTitle')), make('p', {}, error.message), way);
  part('content').replaceChildren(card);
}

/**
 * Begins a page: fills its words, asks our server who is signed in, and lets `work` do the rest.
 * Whoever is not signed in is led to do so first, unless the page is for everybody.
 */
export async function begin(title, work, { forEverybody = false } = {}) {
  document.documentElement.lang = language;
  document.title = `${say(title)} – ${say('college')}`;
  fill(document);
  let me = null;
  try {
    const about = await fetch('/site.json').then((answer) => answer.json());
    me = { ...(await ask('me')), prices: about.prices, gateway: about.gateway };
    if (!me.user && !forEverybody) {
      const next = location.pathname + location.search;
      location.replace(`/sign-in?next=${encodeURIComponent(next)}`);
      return;
    }
    await work(me);
  } catch (error) {
    showTrouble(error);
  } finally {
    const skip = make('a', { className: 'skip', href: '#content' }, say('skip'));
    document.body.prepend(skip, top(me));
    document.body.append(make('footer', { className: 'bottom' }, make('p', {}, say('about'))));
  }
}
