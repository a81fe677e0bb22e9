/** Dragging an item of a vertical list by its handle, with a mouse, a finger or a pen. */

/** The page scrolls while the pointer is so near to the window's edge, by so much in each frame. */
const EDGE_PX = 48;
const SCROLL_PX = 8;

/**
 * The handle needs `touch-action: none`, and the list a CSS position, since `offsetTop` tells where its items are.
 *
 * @param {HTMLElement} item
 * @param {HTMLElement} handle
 * @param {(item: HTMLElement, neighbour: HTMLElement) => void} exchange puts the item behind its neighbour, or before it
 * @param {() => void} onDrop called if the item was dropped in another place than before
 */
export function makeDraggable(item, handle, exchange, onDrop) {
  handle.addEventListener('pointerdown', (down) => {
    const list = item.parentElement;
    if (down.button !== 0 || !list) return;
    // No text is selected, and nothing takes the focus.
    down.preventDefault();
    handle.setPointerCapture(down.pointerId);
    item.classList.add('dragged');
    const places = [...list.children];
    const grabbed = down.clientY - item.getBoundingClientRect().top;
    let y = down.clientY;
    let frame = 0;

    const follow = () => {
      const lowest = list.clientHeight - item.offsetHeight;
      const wanted = y - grabbed - list.getBoundingClientRect().top;
      const top = Math.max(0, Math.min(lowest, wanted));
      for (let next = neighbourPassed(item, top); next; next = neighbourPassed(item, top)) exchange(item, next);
      item.style.setProperty('transform', `translateY(${top - item.offsetTop}px)`);
    };
    const eachFrame = () => {
      if (y < EDGE_PX) scrollBy(0, -SCROLL_PX);
      else if (y > innerHeight - EDGE_PX) scrollBy(0, SCROLL_PX);
      follow();
      frame = requestAnimationFrame(eachFrame);
    };
    const drop = () => {
      cancelAnimationFrame(frame);
      ended.abort();
      item.classList.remove('dragged');
      item.style.removeProperty('transform');
      if ([...list.children].some((each, index) => each !== places[index])) onDrop();
    };

    const ended = new AbortController();
    const { signal } = ended;
    const move = (/** @type {PointerEvent} */ event) => {
      y = event.clientY;
      follow();
      frame ||= requestAnimationFrame(eachFrame);
    };
    handle.addEventListener('pointermove', move, { signal });
    handle.addEventListener('lostpointercapture', drop, { signal });
  });
}

/** @param {HTMLElement} item @param {number} top where it is held @returns {HTMLElement | null} the neighbour whose middle it has passed */
function neighbourPassed(item, top) {
  const { previousElementSibling: before, nextElementSibling: after } = item;
  if (before instanceof HTMLElement && top < middle(before)) return before;
  if (after instanceof HTMLElement && top + item.offsetHeight > middle(after)) return after;
  return null;
}

/** @param {HTMLElement} item */
function middle(item) {
  return item.offsetTop + item.offsetHeight / 2;
}
