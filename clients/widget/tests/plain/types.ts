/** What the types refuse. It is checked, and never run. */
import '@widget-gateway/widget';

const widget = document.createElement('test-widget');
widget.theme = 'dark';
// @ts-expect-error there is no such theme
widget.theme = 'pink';
// @ts-expect-error the level is a number
widget.headingLevel = 'first';
// @ts-expect-error there is no such method
widget.pause();
// @ts-expect-error an answer's value is a list
widget.addEventListener('test-widget:answer', ({ detail }) => detail.value.toFixed());
// @ts-expect-error a start has no result
addEventListener('test-widget:start', ({ detail }) => detail.resultKey);
