/** Finds what differs between two texts: by lines, and by words where lines differ. It touches no page. */

/** @typedef {{ kind: 'same' | 'removed' | 'added', text: string }} Piece */

/** Most cells of the table that a comparison fills: 4 million take some 30 ms. Longer texts are replaced as a whole. */
const MOST_CELLS = 4_000_000;

/**
 * @param {string} before
 * @param {string} after
 * @returns {Piece[]} whose texts without the added ones are `before`, and without the removed ones `after`
 */
export function difference(before, after) {
  const pieces = compare(before.split(/(?<=\n)/), after.split(/(?<=\n)/));
  return joined(pieces.flatMap((piece, at) => {
    const next = pieces[at + 1];
    if (piece.kind === 'added' && pieces[at - 1]?.kind === 'removed') return [];
    if (piece.kind !== 'removed' || next?.kind !== 'added') return [piece];
    return compare(words(piece.text), words(next.text));
  }));
}

/** @param {string} text */
function words(text) {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

/** @param {string[]} before @param {string[]} after @returns {Piece[]} what is removed stands before what is added */
function compare(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const middle = ordered(
    before.slice(start, before.length - end),
    after.slice(start, after.length - end),
  );
  return joined([
    ...before.slice(0, start).map((text) => /** @type {Piece} */ ({ kind: 'same', text })),
    ...middle,
    ...before.slice(before.length - end).map((text) => /** @type {Piece} */ ({ kind: 'same', text })),
  ]);
}

/** Finds the longest common subsequence by the usual table. @param {string[]} before @param {string[]} after @returns {Piece[]} */
function ordered(before, after) {
  const width = after.length + 1;
  /** @type {Piece[]} */
  const pieces = [];
  let [b, a] = [0, 0];
  if (before.length && after.length && (before.length + 1) * width <= MOST_CELLS) {
    const longest = new Uint16Array((before.length + 1) * width);
    for (let i = before.length - 1; i >= 0; i -= 1) {
      for (let j = after.length - 1; j >= 0; j -= 1) {
        longest[i * width + j] = before[i] === after[j]
          ? longest[(i + 1) * width + j + 1] + 1
          : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
      }
    }
    while (b < before.length && a < after.length) {
      if (before[b] === after[a]) {
        pieces.push({ kind: 'same', text: before[b] });
        b += 1;
        a += 1;
      } else if (longest[(b + 1) * width + a] >= longest[b * width + a + 1]) {
        pieces.push({ kind: 'removed', text: before[b] });
        b += 1;
      } else {
        pieces.push({ kind: 'added', text: after[a] });
        a += 1;
      }
    }
  }
  for (; b < before.length; b += 1) pieces.push({ kind: 'removed', text: before[b] });
  for (; a < after.length; a += 1) pieces.push({ kind: 'added', text: after[a] });
  return pieces;
}

/** Joins neighbours of a kind; between equal parts, all that is removed comes first. @param {Piece[]} pieces @returns {Piece[]} */
function joined(pieces) {
  /** @type {Piece[]} */
  const made = [];
  const waiting = { removed: '', added: '' };
  const flush = () => {
    for (const kind of /** @type {const} */ (['removed', 'added'])) {
      if (waiting[kind]) made.push({ kind, text: waiting[kind] });
      waiting[kind] = '';
    }
  };
  for (const { kind, text } of pieces) {
    if (kind !== 'same') {
      waiting[kind] += text;
      continue;
    }
    if (!text) continue;
    flush();
    const last = made.at(-1);
    if (last?.kind === 'same') last.text += text;
    else made.push({ kind, text });
  }
  flush();
  return made;
}
