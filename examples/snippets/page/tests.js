/** Tells our own server what the widget tells the page. Its addresses and token stand in `data-…`. */
const widget = document.querySelector('test-widget');
const { base, tokenName, token } = widget.dataset;

async function tell(path, body) {
  const headers = { 'Content-Type': 'application/json', [tokenName]: token };
  const response = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

// Whose attempt it is, for the webhook of a visitor who closes the page at the end.
widget.addEventListener('test-widget:start', ({ detail }) => {
  tell('attempts', { session: detail.session }).catch(console.warn);
});

// The price and the way to pay come from our server. The payment itself is never told from here.
widget.addEventListener('test-widget:pause', async ({ detail }) => {
  detail.offer(await tell('checkout', { session: detail.session }));
});

// The event comes again after a reload; to attach a result once more does no harm.
widget.addEventListener('test-widget:finish', async ({ detail }) => {
  const list = document.querySelector('#result');
  try {
    const { scales } = await tell('results', { result_key: detail.resultKey });
    list.replaceChildren(
      ...scales.map(({ title, percentage }) => {
        const item = document.createElement('li');
        item.textContent = `${title}: ${percentage} %`;
        return item;
      }),
    );
  } catch {
    list.textContent = 'Your result is saved. Please reload the page in a minute.';
  }
});
