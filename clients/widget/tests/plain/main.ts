import { setGateway } from '@widget-gateway/widget';

/** A page that keeps what it hears, shows a pause screen of its own, and calls the widget's methods. */
const place = new URLSearchParams(location.search);
setGateway(place.get('gateway') ?? '');

const widget = document.querySelector('test-widget')!;
const alert = document.querySelector<HTMLElement>('[role=alert]')!;
const list = document.querySelector('ol')!;

function tell(line: string) {
  const item = document.createElement('li');
  item.textContent = line;
  list.append(item);
}

document.addEventListener('test-widget:ready', ({ detail }) => tell(`ready ${detail.state} ${detail.answered}/${detail.total}`));
widget.addEventListener('test-widget:start', ({ detail }) => tell(`start ${detail.session}`));
widget.addEventListener('test-widget:answer', ({ detail }) => tell(`answer ${detail.question} ${detail.value.join()}`));
widget.addEventListener('test-widget:pause', (event) => {
  event.preventDefault();
  alert.textContent = `Please pay for ${event.detail.session}`;
  alert.hidden = false;
  tell(`pause ${event.detail.after}`);
});
widget.addEventListener('test-widget:resumed', () => (alert.hidden = true));
addEventListener('test-widget:finish', ({ detail }) => tell(`finish ${detail.resultKey}`));
document.querySelector('#state')!.addEventListener('click', () => tell(`state ${widget.getState().screen}`));

widget.provider = place.get('provider') ?? '';
widget.test = place.get('test') ?? '';
