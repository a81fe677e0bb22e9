/** Makes the report's frame as high as the report, so that the page scrolls and not the frame. */

const frame = document.getElementById('report');

function fit() {
  const page = frame.contentDocument?.documentElement;
  if (!page) return;
  frame.style.setProperty('block-size', 'auto');
  frame.style.setProperty('block-size', `${page.scrollHeight}px`);
}

frame.addEventListener('load', fit);
addEventListener('resize', fit);
fit();
