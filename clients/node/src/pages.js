/** Iterates over lists that the gateway sends in pages. */

import { AnswerError } from "./errors.js";

/**
 * The items of all pages. A page is fetched when its first item is asked for.
 *
 * @template {string} Name
 * @template Item
 * @param {Name} name the field of a page that has its items
 * @param {(after: string | undefined) => Promise<{ next: string | null } & Record<Name, Item[]>>} fetchPage
 * @returns {AsyncGenerator<Item, void, undefined>}
 * @throws {AnswerError} the pages go in a circle
 */
export async function* itemsOfPages(name, fetchPage) {
  const cursors = new Set();
  for (let after; ; ) {
    const { next, [name]: items } = await fetchPage(after);
    yield* items;
    if (next === null) return;
    if (cursors.has(next)) throw new AnswerError("The gateway's pages go in a circle.", 200);
    cursors.add(next);
    after = next;
  }
}
