/** The tests on offer, and how much of each the user has answered. */

import { begin, part, progressOf, say, sayPrice, testInfo } from './site.js';

function card(test, price, progress) {
  const item = part('test').content.firstElementChild.cloneNode(true);
  const set = (name, text) => (item.querySelector(`.${name}`).textContent = text);
  set('name', test.name);
  set('length', say('questions', test));
  set('minutes', say('minutes', test));
  set('price', sayPrice(price));
  set('about', test.description);
  set('answered', progress ? say('answeredOf', progress) : '');
  const link = item.querySelector('.button');
  link.textContent = say(progress ? 'continueTest' : 'takeTest');
  link.setAttribute('aria-label', `${link.textContent}: ${test.name}`);
  link.href = `/test?test=${encodeURIComponent(test.slug)}`;
  return item;
}

await begin(
  'tests',
  async (me) => {
    const cards = Object.entries(me.prices).map(async ([slug, price]) => {
      const attempt = me.unfinished.find(({ test }) => test === slug);
      const [test, progress] = await Promise.all([testInfo(me, slug), attempt && progressOf(attempt)]);
      return card(test, price, progress);
    });
    part('tests').append(...(await Promise.all(cards)));
  },
  { forEverybody: true },
);
