/** A result: the gateway's report in a frame, with links to download it. */

import { Refusal, begin, language, part, query } from './site.js';

/** Makes the frame as high as the report, so that the page scrolls and not the frame. */
function fit() {
  const page = part('report')?.contentDocument?.documentElement;
  if (!page) return;
  part('report').style.setProperty('block-size', 'auto');
  part('report').style.setProperty('block-size', `${page.scrollHeight}px`);
}

await begin('yourResult', (me) => {
  const known = me.results.find(({ result_key }) => result_key === query.get('key'));
  if (!known) throw new Refusal(404, 'result_not_found');
  const address = (format) => `/report?${new URLSearchParams({ result_key: known.result_key, format, locale: language })}`;
  part('pdf').href = address('pdf');
  part('svg').href = address('svg');
  part('report').addEventListener('load', fit);
  part('report').src = address('html');
  addEventListener('resize', fit);
});
