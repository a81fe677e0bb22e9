/** The user's results, newest first, and what we wrote to the user because of webhooks. */

import { begin, make, part, say, sayDay, testInfo } from './site.js';

await begin('myResults', async (me) => {
  const slugs = [...new Set([...me.results, ...me.letters].map(({ test }) => test))];
  const tests = await Promise.all(slugs.map((slug) => testInfo(me, slug)));
  const names = Object.fromEntries(tests.map(({ slug, name }) => [slug, name]));
  const day = (moment) => make('time', { className: 'muted', dateTime: moment }, sayDay(moment));
  for (const { result_key, test, saved_at } of me.results) {
    const link = make('a', { href: `/result?key=${encodeURIComponent(result_key)}` }, names[test]);
    part('results').append(make('li', {}, link, ' ', day(saved_at)));
  }
  for (const { type, test, created_at } of me.letters) {
    part('letters').lastElementChild.append(make('li', {}, `${names[test]}: ${say(type)} `, day(created_at)));
  }
  part('results').hidden = me.results.length === 0;
  part('none').hidden = me.results.length > 0;
  part('letters').hidden = me.letters.length === 0;
});
