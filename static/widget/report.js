/**
 * The report at the end, if the host asks for it (`show-result`). The gateway sends it without a client key only when the
 * host's server has attached the result and the provider allows it; until then there is nothing to show.
 */
import { h } from './screens.js';
import { addStyles } from './styles.js';

addStyles(`
.report { display: grid; gap: .75em; inline-size: 100%; }
.report iframe { display: block; inline-size: 100%; block-size: min(85vh, 60em); border: 1px solid var(--_tw-border); border-radius: calc(var(--_tw-radius) * .7); background: var(--_tw-background); }
.report a { justify-self: start; color: var(--_tw-accent); }
`);

/** Milliseconds between requests. Most hosts attach a result within seconds, and some never do. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
/** Statuses after which it is asked again: not attached yet, too many calls, a gateway that is not available. */
const LATER = new Set([403, 429, 503]);

/**
 * Shows the report in `place` as soon as there is one.
 *
 * @param {HTMLElement} place
 * @param {string} address the address of the report
 * @param {Texts} t
 */
export async function showReport(place, address, t) {
  for (const pauseMs of [0, ...PAUSES_MS]) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (!place.isConnected) return;
    const status = await look(address);
    if (status === 200) {
      place.replaceChildren(
        // The sandbox lets the report, a page of the gateway, run no scripts; its links open windows of their own.
        h('iframe', { src: address, title: t.report, sandbox: 'allow-popups allow-popups-to-escape-sandbox', referrerpolicy: 'no-referrer', part: 'report' }),
        h('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, t.openReport),
      );
      return;
    }
    if (status && !LATER.has(status)) return;
  }
}

/** @param {string} address @returns {Promise<number>} the status, or 0 without an answer */
async function look(address) {
  try {
    return (await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer' })).status;
  } catch {
    return 0;
  }
}
