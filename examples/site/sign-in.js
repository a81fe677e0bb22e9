/** Signs in anybody with a name, and leads on to where the visitor wanted to go. */

import { ask, begin, part, query } from './site.js';

/** The address in `?next=`, but never one of another site. */
function next() {
  try {
    const address = new URL(query.get('next') ?? '/', location.origin);
    return address.origin === location.origin ? address.href : '/';
  } catch {
    return '/';
  }
}

part('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  part('trouble').textContent = '';
  try {
    // «й» may be one character or two; a user has one form of the name only.
    await ask('sign_in', { name: part('name').value.normalize('NFC') });
    location.assign(next());
  } catch (error) {
    part('trouble').textContent = error.message;
  }
});
await begin('signIn', () => (part('sign-in').hidden = false), { forEverybody: true });
