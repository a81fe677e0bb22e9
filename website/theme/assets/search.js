/**
 * Lets the search of the guides find every form of a Russian word.
 *
 * The theme's worker looks for words that begin with what was typed, and knows no word forms. So the
 * ending of each Russian word is taken off before a query is sent: «доступами» looks for «доступ…».
 */
const QUERY = 2; // the type of the theme's messages that carry a query

const SHORTEST_STEM = 3; // letters; a shorter beginning would find everything

const ENDINGS = [
  /(?:ся|сь)$/u,
  /(?:иями|ями|ами|иях|ях|ах|ием|ией|ям|ам|ом|ем|ов|ев|ей|ий|ый|ой|ая|яя|ое|ее|ую|юю|ого|его|ому|ему|ыми|ими|ых|их|ым|им)$/u,
  /(?:овать|евать|ывать|ивать|ать|ять|ить|еть|уть|ует|уют|ает|ают|ишь|ешь|ите|ете|ит|ет|ят|ут|ют|ал|ил|ла|ло|ли)$/u,
  /[аеёиоуыэюяьй]+$/u,
];

/** @param {string} word A word as it was typed. @returns {string} Its beginning, which all its forms share. */
function stem(word) {
  if (!/^[а-яё]+$/iu.test(word)) return word;
  return ENDINGS.reduce((left, ending) => {
    const shorter = left.replace(ending, '');
    return shorter.length < SHORTEST_STEM ? left : shorter;
  }, word);
}

const post = Worker.prototype.postMessage;

/**
 * @this {Worker}
 * @param {any} message What the theme sends to its worker.
 * @param {...any} rest
 */
Worker.prototype.postMessage = function postMessage(message, ...rest) {
  const query = message?.type === QUERY && typeof message.data === 'string';
  const sent = query
    ? { ...message, data: message.data.split(/[\s/]+/u).map(stem).join(' ') }
    : message;
  // @ts-ignore: TypeScript takes a spread for none of the two signatures.
  post.call(this, sent, ...rest);
};
