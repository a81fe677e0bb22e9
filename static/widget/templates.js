/** Screens of the host page's own, `<template slot="welcome">` and `<template slot="pause">`. */
import { h } from './screens.js';

const MARK = 'data-test-widget-screen';

/**
 * Copies a template into the page itself, where the page's styles apply, and fills its `data-field`s.
 *
 * @param {HTMLElement} host
 * @param {HTMLTemplateElement} template
 * @param {State} state
 * @returns {HTMLElement} what takes the focus
 */
export function showTemplate(host, template, state) {
  const screen = h('div', { slot: template.slot, [MARK]: true }, template.content.cloneNode(true));
  const facts = { ...state.info, ...state.test, after: state.pauseAfter };
  for (const field of screen.querySelectorAll('[data-field]')) {
    const fact = facts[/** @type {'name'} */ (field.getAttribute('data-field'))];
    field.textContent = Array.isArray(fact) ? fact.join(', ') : String(fact ?? '');
  }
  const target = /** @type {HTMLElement} */ (screen.querySelector('h1, h2, h3, h4, h5, h6') ?? screen);
  target.tabIndex = -1;
  host.append(screen);
  return target;
}

/** @param {HTMLElement} host */
export function removeTemplates(host) {
  for (const screen of host.querySelectorAll(`:scope > [${MARK}]`)) screen.remove();
}
