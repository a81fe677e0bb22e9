/** Types for Vue 3: the component, and the bare element in templates. */

import type { DefineComponent, HTMLAttributes } from 'vue';
import type {
  TestWidgetAttributes, TestWidgetDetails, TestWidgetElement, TestWidgetEvent, TestWidgetMethods,
  TestWidgetProps,
} from './index.js';

export * from './index.js';

/** What the component emits: the widget's own events. */
export type TestWidgetEmits = {
  [Name in keyof TestWidgetDetails]: (event: TestWidgetEvent<Name>) => void;
};

/** What a template ref of the component has: the element and its methods. */
export interface TestWidgetExposed extends TestWidgetMethods {
  element: TestWidgetElement | null;
}

/** The widget. Its default slot has screens of your own: `<div slot="welcome">`, `<div slot="pause">`. */
export declare const TestWidget: DefineComponent<
  TestWidgetProps, TestWidgetExposed, {}, {}, {}, {}, {}, TestWidgetEmits
>;

declare module 'vue' {
  interface GlobalComponents {
    TestWidget: typeof TestWidget;
    'test-widget': DefineComponent<TestWidgetAttributes & HTMLAttributes>;
  }
}
