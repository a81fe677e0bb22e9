/** Which entries fit a query, best first. Pure functions. */

/**
 * @typedef {{kind: string, name: string, text: string, address: string, also?: string}} Entry
 * @typedef {{entry: Entry, name: string[], text: string[]}} Indexed
 */

const MOST = 20;
const ENDING = 2;
const LONG = 5;

/**
 * The words of a text, in lower case. `resultAttach`, `result/attach` and `result_attach` are alike.
 * @param {string} text
 */
export function wordsOf(text) {
  return text
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .replaceAll("ё", "е")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/**
 * @param {Entry} entry
 * @returns {Indexed}
 */
export function indexed(entry) {
  return {
    entry,
    name: wordsOf(entry.name),
    text: wordsOf(`${entry.text} ${entry.also ?? ""}`),
  };
}

/**
 * The entries in which each word of the query begins a word, best first. If there are none, a word
 * may have one slip of the keyboard.
 * @param {Indexed[]} index
 * @param {string} query
 */
export function found(index, query) {
  const wanted = wordsOf(query);
  if (wanted.length === 0) return [];
  const exact = ranked(index, wanted, fits);
  return exact.length > 0 ? exact : ranked(index, wanted, nearlyFits);
}

/**
 * @param {Indexed[]} index
 * @param {string[]} wanted
 * @param {(word: string, wanted: string) => number} fit
 */
function ranked(index, wanted, fit) {
  /** @type {{entry: Entry, score: number}[]} */
  const scored = [];
  for (const { entry, name, text } of index) {
    let score = 0;
    for (const word of wanted) {
      const inName = Math.max(0, ...name.map((known) => fit(known, word)));
      const inText = Math.max(0, ...text.map((known) => fit(known, word)));
      const best = Math.max(inName * 4, inText);
      if (best === 0) {
        score = 0;
        break;
      }
      score += best;
    }
    // Of names that fit alike the shorter one is meant.
    if (score > 0) scored.push({ entry, score: score - name.length / 100 });
  }
  return scored.sort((a, b) => b.score - a.score).slice(0, MOST).map(({ entry }) => entry);
}

/**
 * 3 for the word itself, 2 for its beginning, 1 for another form of a long word, 0 for none of these.
 * @param {string} word
 * @param {string} wanted
 */
function fits(word, wanted) {
  if (word === wanted) return 3;
  if (word.startsWith(wanted)) return 2;
  const stem = wanted.slice(0, -ENDING);
  return stem.length >= LONG - ENDING && wanted.length >= LONG && word.startsWith(stem) &&
    word.length <= wanted.length + ENDING ? 1 : 0;
}

/**
 * 1 if the beginning of the word and what is wanted differ by one slip, otherwise 0.
 * @param {string} word
 * @param {string} wanted
 */
function nearlyFits(word, wanted) {
  if (wanted.length < LONG - 1) return fits(word, wanted) > 0 ? 1 : 0;
  const lengths = [wanted.length - 1, wanted.length, wanted.length + 1];
  return lengths.some((length) => isOneSlip(word.slice(0, length), wanted)) ? 1 : 0;
}

/**
 * Whether one letter is missing, too many or wrong, or two are exchanged.
 * @param {string} a
 * @param {string} b
 */
function isOneSlip(a, b) {
  let begin = 0;
  while (begin < a.length && a[begin] === b[begin]) begin += 1;
  const restA = a.slice(begin);
  const restB = b.slice(begin);
  return restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2));
}
