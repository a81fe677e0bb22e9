/** Types for React 18 and 19: the component, and the bare element in JSX. */

import type {
  CSSProperties, DetailedHTMLProps, ForwardRefExoticComponent, HTMLAttributes, ReactNode, RefAttributes,
} from 'react';
import type {
  TestWidgetAttributes, TestWidgetDetails, TestWidgetElement, TestWidgetEvent, TestWidgetProps as Props,
} from './index.js';

export * from './index.js';

type Handlers = {
  [Name in keyof TestWidgetDetails as `on${Capitalize<Name>}`]?:
    ((event: TestWidgetEvent<Name>) => void) | undefined;
};

export interface TestWidgetProps extends Props, Handlers {
  id?: string | undefined;
  className?: string | undefined;
  style?: CSSProperties | undefined;
  lang?: string | undefined;
  hidden?: boolean | undefined;
  /** Screens of your own: `<div slot="welcome">`, `<div slot="pause">`. */
  children?: ReactNode;
}

/** The widget. Its `ref` is the element with the methods. */
export declare const TestWidget: ForwardRefExoticComponent<TestWidgetProps & RefAttributes<TestWidgetElement>>;

type BareElement = DetailedHTMLProps<
  Omit<HTMLAttributes<TestWidgetElement>, keyof TestWidgetAttributes> & TestWidgetAttributes & { class?: string | undefined },
  TestWidgetElement
>;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'test-widget': BareElement;
    }
  }
}

declare global {
  namespace JSX {
    interface IntrinsicElements {
      'test-widget': BareElement;
    }
  }
}
