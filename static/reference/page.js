/** What the script adds to the reference's pages: they are complete without it. */

import { offerExamples } from "./examples.js";
import { offerCopies } from "./copies.js";
import { offerSearch } from "./search.js";

const DESKTOP = "(min-width: 62rem)";

offerExamples();
offerCopies();
offerSearch();
keepMenuOpen();
followFormerAnchors();

/** The menu is always open beside the text, and is opened by the reader above it. */
function keepMenuOpen() {
  const menu = document.querySelector("details.menu");
  if (!(menu instanceof HTMLDetailsElement)) return;
  const isWide = matchMedia(DESKTOP);
  const adapt = () => { menu.open = isWide.matches; };
  adapt();
  isWide.addEventListener("change", adapt);
  const current = menu.querySelector("[aria-current=page]");
  if (isWide.matches && current) menu.scrollTop = Math.max(0, offsetIn(menu, current) - 200);
}

/**
 * @param {Element} frame
 * @param {Element} element
 */
function offsetIn(frame, element) {
  return element.getBoundingClientRect().top - frame.getBoundingClientRect().top;
}

/** Former versions had all calls on one page. Their addresses lead to the page of the call. */
function followFormerAnchors() {
  if (location.pathname !== "/docs/" && location.pathname !== "/docs") return;
  const follow = () => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const link = place?.closest(".calls li")?.querySelector("a");
    if (link) location.replace(link.href);
  };
  follow();
  addEventListener("hashchange", follow);
}
