/** What a visitor can do with the widget, by the DOM alone. `choices` are numbers in [0, 1) that decide. */
{
  const widget = () => document.querySelector('test-widget');
  const root = () => widget()?.shadowRoot;
  const find = (selector) => [...(root()?.querySelectorAll(selector) ?? [])];
  /** The answers that the page was told of. */
  const told = [];
  addEventListener('test-widget:answer', ({ detail }) => told.push([detail.question, detail.value]));
  for (const name of ['start', 'finish', 'error', 'token-needed', 'load-failed']) {
    addEventListener(`test-widget:${name}`, ({ detail }) => tell(name, detail, performance.timeOrigin));
  }

  /** What the tab remembers: the attempt, and its answers that are not stored yet. */
  const remembered = () => {
    const records = Object.values(sessionStorage).map((text) => JSON.parse(text));
    return records.find(({ outbox }) => outbox) ?? { outbox: { entries: [] } };
  };

  /** What counts the attempt's openings in this tab, so that reloads forget none. */
  const OPENINGS = 'life openings';
  const openings = () => JSON.parse(sessionStorage.getItem(OPENINGS) ?? '[]');

  /** Notes the generation of each opening when the widget remembers it. */
  const { setItem } = Storage.prototype;
  Storage.prototype.setItem = function (key, text) {
    setItem.call(this, key, text);
    const { generation } = JSON.parse(text).outbox ?? {};
    if (generation && generation !== openings().at(-1)) setItem.call(this, OPENINGS, JSON.stringify([...openings(), generation]));
  };

  /** Fills in the form; returns the value that it shows. Radio buttons also answer. */
  const fill = (form, choices) => {
    const draw = (count) => Math.floor(choices.shift() * count);
    const inputs = [...form.querySelectorAll('input[name=answer]')];
    if (inputs[0]?.type === 'radio') {
      const chosen = inputs[draw(inputs.length)];
      chosen.click();
      return [chosen.value];
    }
    if (inputs.length) {
      for (const box of inputs) if (box.checked) box.click();
      const first = draw(inputs.length);
      const chosen = [first, (first + 1 + draw(inputs.length - 1)) % inputs.length].map((index) => inputs[index]);
      for (const box of chosen) box.click();
      return inputs.filter(({ checked }) => checked).map(({ value }) => value);
    }
    const fields = [...form.querySelectorAll('.field :is(input, textarea)')];
    if (fields.length) {
      const skips = form.querySelector('.heading').textContent.endsWith('may be skipped') && draw(3) === 0;
      for (const field of fields) {
        const words = field.matches('[inputmode]') ? String(draw(3000)) : ['Ёлка', 'two\nlines', '🙂 “ok”', '<b>'][draw(4)] + draw(100);
        field.value = skips ? '' : words;
        field.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
      }
      return skips ? [] : fields.map(({ value }) => value);
    }
    const items = () => [...form.querySelectorAll('.item')];
    for (let moves = draw(4); moves > 0; moves--) items()[draw(items().length)].querySelector('.down').click();
    return items().map(({ dataset }) => dataset.value);
  };

  globalThis.look = () => {
    const { screen = 'nothing', answered = 0 } = widget()?.getState?.() ?? {};
    const { session, resumeToken, outbox } = remembered();
    const asks = find('form').length > 0;
    const shown = screen === 'question' && !asks ? 'loading' : screen;
    return { screen: shown, answered, session, resumeToken, unsaved: outbox.entries.length, openings: openings() };
  };

  /** Presses the first of these buttons that is there; returns its name. */
  globalThis.press = (...actions) => {
    const button = actions.map((action) => find(`[data-action=${action}]`)[0]).find(Boolean);
    button?.click();
    return button?.dataset.action ?? null;
  };

  /** Answers the question on the screen, if it still is there, and tells what was answered. */
  globalThis.answer = (choices) => {
    const [form] = find('form');
    if (!form) return null;
    const question = form.querySelector('.heading').textContent.split(' ')[0];
    const before = widget().getAnswers().find(([id]) => id === question)?.[1];
    told.length = 0;
    const value = fill(form, choices);
    if (form.isConnected) find('[part=next]')[0].click();
    const news = JSON.stringify(before) !== JSON.stringify(value);
    const expected = news ? [[question, value]] : [];
    const entry = remembered().outbox.entries.findLast((each) => each.question === question);
    // An answer that comes before the attempt is open belongs to its next opening.
    const opening = entry?.generation ? openings().lastIndexOf(entry.generation) : openings().length;
    return { question, value, news, opening, agreed: JSON.stringify(told) === JSON.stringify(expected) };
  };

  /** Fills in the form and gives no answer; does nothing where a choice is an answer. */
  globalThis.sketch = (choices) => {
    const [form] = find('form');
    if (form && !form.querySelector('[type=radio]')) fill(form, choices);
  };

  globalThis.move = async (waits) => {
    const element = widget();
    if (waits) element.remove();
    if (waits) await new Promise((resolve) => setTimeout(resolve, 20));
    document.querySelector(element.closest('section') ? 'main' : 'section').append(element);
  };
}
