/** Which languages a visitor wants, and how they are written. No DOM. */

/**
 * Tags of languages (BCP 47) in their canonical form, separated by commas, the most wanted one first. It is also what
 * `locale` is on the wire. What is no tag is left out.
 *
 * @param {...string | null | undefined} tags
 */
export function wishes(...tags) {
  const known = tags.flatMap((tag) => {
    try {
      return Intl.getCanonicalLocales(tag?.replaceAll('_', '-') ?? []);
    } catch {
      return [];
    }
  });
  return [...new Set(known)].slice(0, 8).join() || 'en';
}

/** The language of the widget's own words: English for whom we have none. @param {string} wanted see `wishes` */
export function wordsFor(wanted) {
  return /(?:^|,)(ru|en|hy|az|kk|mn|fr)\b/.exec(wanted)?.[1] ?? 'en';
}

/** The scripts that are written from right to left. Not every browser can tell them (`Intl.Locale.getTextInfo`). */
const LEFTWARD = /^(Adlm|Arab|Hebr|Nkoo|Rohg|Syrc|Thaa)$/;

/** The attributes of texts of a test. @param {{locale?: string | null} | null | undefined} test */
export function spokenIn(test) {
  const lang = test?.locale;
  if (!lang) return {};
  return { lang, dir: LEFTWARD.test(new Intl.Locale(lang).maximize().script ?? '') ? 'rtl' : 'ltr' };
}
