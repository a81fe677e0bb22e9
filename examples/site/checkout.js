/** The payment for an attempt. Our server makes the order, takes the money and tells the gateway. */

import { ask, begin, part, progressOf, query, say, sayPrice, testInfo } from './site.js';

/** Shows the bill, or that the gateway knows of the payment. */
function show(order, isPaid) {
  part('to-pay').hidden = isPaid;
  part('paid').hidden = !isPaid;
  part('back').href = `/test?test=${encodeURIComponent(order.test)}`;
}

await begin('payment', async (me) => {
  const order = await ask('order', { session: query.get('session') ?? '' });
  const attempt = me.unfinished.find(({ session }) => session === order.session);
  const progress = attempt ? await progressOf(attempt) : null;
  part('test').textContent = (await testInfo(me, order.test)).name;
  part('answered').textContent = progress ? say('progress', progress) : '';
  part('order').textContent = order.id.slice(0, 8);
  part('price').textContent = sayPrice(order.price);
  part('pay').textContent = say('pay', { price: sayPrice(order.price) });
  part('pay').addEventListener('click', async () => {
    part('pay').disabled = true;
    part('trouble').textContent = '';
    try {
      await ask('pay', { order: order.id });
      show(order, true);
      part('paid').querySelector('h1').focus();
    } catch (error) {
      part('trouble').textContent = error.message;
    }
    part('pay').disabled = false;
  });
  show(order, progress ? progress.paid : Boolean(order.paid));
});
