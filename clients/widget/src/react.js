'use client';

/** `<TestWidget>` for React 18 and 19: events as properties, the element and its methods by `ref`. */

import { createElement, forwardRef, useEffect, useImperativeHandle, useLayoutEffect, useRef } from 'react';
import './index.js';
import { attributesOf } from './attributes.js';
import { EVENTS } from './events.js';

export { setGateway } from './index.js';

/** React 18 warns of layout effects on a server, which has none. */
const useClientEffect = typeof document === 'undefined' ? useEffect : useLayoutEffect;

/** @param {string} name such as `tokenNeeded` */
const propOf = (name) => `on${name[0].toUpperCase()}${name.slice(1)}`;

const LISTENED = Object.entries(EVENTS).map(([name, event]) => [propOf(name), event]);
const OWN = new Set([
  'provider', 'test', 'gateway', 'locale', 'theme', 'startMode', 'session', 'resumeToken', 'accessToken', 'headingLevel',
  'autoAdvance', 'showResult', 'sandbox', 'className', 'children',
  ...LISTENED.map(([prop]) => prop),
]);

export const TestWidget = forwardRef(function TestWidget(props, ref) {
  const element = useRef(null);
  const latest = useRef(props);
  useImperativeHandle(ref, () => element.current, []);
  useClientEffect(() => {
    latest.current = props;
  });
  useClientEffect(() => {
    const widget = element.current;
    const listeners = LISTENED.map(([prop, event]) => {
      const listen = (/** @type {Event} */ heard) => {
        if (heard.target === widget) latest.current[prop]?.(heard);
      };
      widget.addEventListener(event, listen);
      return [event, listen];
    });
    return () => {
      for (const [event, listen] of listeners) widget.removeEventListener(event, listen);
    };
  }, []);
  useClientEffect(() => {
    if (props.test) element.current.setAttribute('test', props.test);
    else element.current.removeAttribute('test');
  }, [props.test]);

  const others = Object.fromEntries(Object.entries(props).filter(([name]) => !OWN.has(name)));
  const attributes = { ...others, ...attributesOf(props), class: props.className, ref: element };
  return createElement('test-widget', attributes, props.children);
});
