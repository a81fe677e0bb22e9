/** The test page passes on the widget's events to the site's server, which does the rest. */

import { Refusal, ask, begin, language, part, progressOf, query, say, sayPrice, testInfo } from './site.js';

const LONGEST_PAUSE_MS = 30_000;

/** Repeats a call until our server takes or refuses it, with pauses that grow. */
async function insist(call, body) {
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await ask(call, body);
    } catch (error) {
      if (error.status > 0 && error.status < 500) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** The widget, which continues the user's attempt if there is one, whichever device began it. */
function widgetFor(me, test, attempt) {
  const widget = document.importNode(part('place').content.querySelector('test-widget'), true);
  widget.setAttribute('test', test);
  widget.setAttribute('locale', language);
  if (me.sandbox) widget.setAttribute('sandbox', '');
  if (attempt) {
    widget.setAttribute('session', attempt.session);
    widget.setAttribute('resume-token', attempt.resume_token);
  }
  const offer = widget.querySelector('template[slot="pause"]').content.querySelector('.offer');
  offer.textContent = say('pauseOffer', { price: sayPrice(me.prices[test]) });
  return widget;
}

function listen(widget) {
  let told = Promise.resolve();

  // With the attempt's id and token the user can continue on another device. Our server must know
  // whose attempt it is before it takes a payment or a result, so this is repeated until it does.
  widget.addEventListener('test-widget:start', ({ detail }) => {
    part('result').hidden = part('trouble').hidden = part('again').hidden = true;
    told = insist('attempt', { session: detail.session, resume_token: detail.resumeToken });
    told.then(() => (part('elsewhere').hidden = false), console.warn);
  });

  // The event comes before the widget shows our template. It is not cancelled, so the widget's card
  // stays, with our text in it.
  widget.addEventListener('test-widget:pause', ({ detail }) => {
    const link = widget.querySelector('template[slot="pause"]').content.querySelector('a');
    link.href = `/checkout?session=${encodeURIComponent(detail.session)}`;
  });

  // The event comes again after a reload of a finished test. Saving the result again does no harm.
  // Only the session is sent: our server asks the gateway for the result of it.
  widget.addEventListener('test-widget:finish', async function save({ detail }) {
    part('trouble').hidden = part('again').hidden = true;
    try {
      await told;
      const { result_key } = await ask('finish', { session: detail.session });
      part('result').querySelector('a').href = `/result?key=${encodeURIComponent(result_key)}`;
      part('result').hidden = false;
      part('elsewhere').hidden = true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      part('trouble').textContent = error.message;
      part('trouble').hidden = part('again').hidden = false;
      part('again').onclick = () => save({ detail });
    }
  });
}

await begin('tests', async (me) => {
  const test = query.get('test') ?? '';
  if (!Object.hasOwn(me.prices, test)) throw new Refusal(404, 'test_not_found');
  const kept = me.unfinished.find((attempt) => attempt.test === test);
  const attempt = kept && (await progressOf(kept)) ? kept : null;
  part('elsewhere').textContent = say('elsewhere', { user: me.user });
  part('elsewhere').hidden = !attempt;
  const widget = widgetFor(me, test, attempt);
  listen(widget);
  part('place').replaceWith(widget);
  const { name } = await testInfo(me, test).catch(() => ({ name: say('test') })); // the widget tells troubles
  part('title').textContent = name;
  document.title = `${name} – ${say('college')}`;
});
