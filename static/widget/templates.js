/** Screens of the host page's own: `<template slot="welcome">`, `<div slot="pause">`. */
import { h } from './screens.js';

const MARK = 'data-test-widget-screen';

/** Screens about which the console was told. */
const told = new WeakSet();

/**
 * Shows a screen in the page itself, where the page's styles apply, and fills its `data-field`s. Of a template a copy is
 * shown; any other element is the host's, and is shown where it is.
 *
 * @param {HTMLElement} host
 * @param {HTMLElement} own
 * @param {State} state
 * @returns {HTMLElement} what takes the focus
 */
export function showTemplate(host, own, state) {
  const screen = own instanceof HTMLTemplateElement ? copyOf(own) : own;
  const facts = { ...state.info, ...state.test, after: state.pauseAfter };
  for (const field of screen.querySelectorAll('[data-field]')) {
    const fact = facts[/** @type {'name'} */ (field.getAttribute('data-field'))];
    field.textContent = Array.isArray(fact) ? fact.join(', ') : String(fact ?? '');
  }
  if (!screen.childNodes.length && !told.has(own)) {
    told.add(own);
    console.warn(`test-widget: the screen in slot "${own.slot}" is empty`, own);
  }
  const target = /** @type {HTMLElement} */ (screen.querySelector('h1, h2, h3, h4, h5, h6') ?? screen);
  target.tabIndex = -1;
  if (screen !== own) host.append(screen);
  return target;
}

/** Frameworks put a template's children beside its content. @param {HTMLTemplateElement} template */
function copyOf(template) {
  const parts = template.content.childNodes.length ? template.content.childNodes : template.childNodes;
  return h('div', { slot: template.slot, [MARK]: true }, ...[...parts].map((part) => part.cloneNode(true)));
}

/** @param {HTMLElement} host */
export function removeTemplates(host) {
  for (const screen of host.querySelectorAll(`:scope > [${MARK}]`)) screen.remove();
}
