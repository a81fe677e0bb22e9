/**
 * The report at the end, where the host asks for it (`show-result`). The gateway gives it out without a key only when the
 * host's server has attached the result, and the provider opens its results: until then there is nothing to show.
 */
import { h } from './screens.js';
import { addStyles } from './styles.js';

addStyles(`
.report { display: grid; gap: .75em; inline-size: 100%; }
.report iframe { display: block; inline-size: 100%; block-size: min(85vh, 60em); border: 1px solid var(--_tw-border); border-radius: calc(var(--_tw-radius) * .7); background: var(--_tw-background); }
.report a { justify-self: start; color: var(--_tw-accent); }
`);

/** Between two looks: attaching is a matter of seconds, or of hosts that never do it. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
/** What later may be another answer: not attached yet, too many calls, a gateway that is away. */
const LATER = new Set([403, 429, 503]);

/**
 * Fills the place as soon as there is a report.
 *
 * @param {HTMLElement} place
 * @param {string} address of the report
 * @param {Texts} t
 */
export async function showReport(place, address, t) {
  for (const pauseMs of [0, ...PAUSES_MS]) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (!place.isConnected) return;
    const status = await look(address);
    if (status === 200) {
      place.replaceChildren(
        // A page of the gateway's, under the gateway's own policy: it may run nothing.
        h('iframe', { src: address, title: t.report, sandbox: '', referrerpolicy: 'no-referrer', part: 'report' }),
        h('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, t.openReport),
      );
      return;
    }
    if (status && !LATER.has(status)) return;
  }
}

/** @param {string} address @returns {Promise<number>} the status, 0 where there is no answer */
async function look(address) {
  try {
    return (await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer' })).status;
  } catch {
    return 0;
  }
}
