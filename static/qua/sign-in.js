/** The sign-in form. */
import { ApiError, signIn } from './api.js';
import { h } from './dom.js';
import { t } from './texts.js';
import { told } from './results.js';

/**
 * @param {{ ended: boolean, onToken: (token: string) => void }} options with `ended` the form says that the sign-in has ended
 * @returns {HTMLElement}
 */
export function signInForm({ ended, onToken }) {
  const username = h('input', { name: 'username', autocomplete: 'username', required: true, autocapitalize: 'none', spellcheck: 'false' });
  const password = h('input', { name: 'password', type: 'password', autocomplete: 'current-password', required: true });
  const fault = h('p', { class: 'fault', role: 'alert' }, ended && t.again);
  const submit = h('button', { class: 'primary' }, t.signIn);
  const form = h(
    'form', { class: 'sign-in' },
    h('label', {}, t.username, username),
    h('label', {}, t.password, password),
    fault,
    submit,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    // A disabled button would lose the focus.
    if (submit.getAttribute('aria-disabled') === 'true') return;
    submit.setAttribute('aria-disabled', 'true');
    fault.textContent = '';
    try {
      onToken((await signIn(username.value, password.value)).token);
    } catch (error) {
      fault.textContent = error instanceof ApiError && error.status === 400 ? t.wrong : told(error);
      password.select();
      password.focus();
    } finally {
      submit.removeAttribute('aria-disabled');
    }
  });
  return h('main', { class: 'narrow' }, h('h1', {}, t.title), form);
}
