/** The types of the package are those of the element itself. It is checked, and never run. */
import type { TestWidget } from '../../../static/widget/element.js';
import type { TestWidgetElement, TestWidgetMethods, TestWidgetState } from '../types/index.js';

type Own = keyof TestWidgetMethods | Exclude<keyof TestWidgetElement, keyof HTMLElement>;

/** What pages read and call. The element's attributes are texts that may be anything. */
type Read = Omit<Pick<TestWidgetElement, Own>, 'theme' | 'startMode'>;

export const element = (widget: TestWidget): Read => widget;
export const state = (widget: TestWidget): TestWidgetState => widget.getState();
export const resume = (widget: TestWidget): TestWidgetMethods['resume'] => (opening) => widget.resume(opening);
export const names = (name: Own): keyof TestWidget => name;
