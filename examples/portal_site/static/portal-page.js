/** The portal page, with a device on one side and the portal's administrator on the other. */

import { PortalChannel } from './portal-channel.js';

const part = (id) => document.getElementById(id);
const device = part('device');
const words = device.dataset;
let channel = null;
let token = null;

/** Asks our own server; throws an error with a message for people. */
async function ask(address, body) {
  const headers = { 'Content-Type': 'application/json' };
  let options = { headers };
  if (body) {
    headers['X-XSRFToken'] = device.querySelector('input[name="_xsrf"]').value;
    options = { headers, method: 'POST', body: JSON.stringify(body) };
  }
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new Error(words.unreachable);
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

/** Does the work of a form or button, and shows beside it whether that succeeded. */
async function attempt(place, work) {
  const told = place.querySelector('.told');
  told.textContent = '';
  told.classList.remove('bad');
  try {
    await work();
    told.textContent = told.dataset.done ?? '';
  } catch (error) {
    told.textContent = error.message;
    told.classList.add('bad');
  }
}

function onSubmit(id, work) {
  part(id).addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(event.target, () => work(Object.fromEntries(new FormData(event.target))));
  });
}

/* The device. */

function show(state) {
  device.dataset.state = state;
  part('state').textContent = words[state];
  const isIn = token !== null;
  const hadFocus = part('sign-in').contains(document.activeElement);
  part('sign-in').hidden = isIn;
  part('signed-in').hidden = !isIn;
  if (isIn && hadFocus) part('state').focus();
}

function leave(state) {
  channel?.close();
  channel = token = null;
  const hadFocus = part('signed-in').contains(document.activeElement);
  show(state);
  if (hadFocus) part('state').focus();
}

function add(event) {
  const item = part('event').content.firstElementChild.cloneNode(true);
  const inside = (name) => item.querySelector(`.${name}`);
  inside('title').textContent = event.title;
  inside('kind').textContent = event.event_type;
  inside('message').textContent = event.message;
  const at = new Date(event.created_at);
  inside('at').dateTime = event.created_at;
  inside('at').textContent = at.toLocaleTimeString(document.documentElement.lang);
  const button = inside('acknowledge');
  button.setAttribute('aria-label', `${button.textContent}: ${event.title}`);
  button.addEventListener('click', () => {
    channel?.acknowledge(event.id);
    item.classList.add('read');
    inside('acknowledged').hidden = false;
    inside('title').focus(); // The button that had the focus is removed.
    button.remove();
  });
  part('events').prepend(item);
  part('none').hidden = true;
}

onSubmit('sign-in', async (fields) => {
  ({ access_token: token } = await ask('/sign-in', fields));
  part('sign-in').elements.pin_code.value = '';
  part('events').replaceChildren();
  part('none').hidden = false;
  channel = new PortalChannel(words.channel, token, {
    event: add,
    state: (name) => (name === 'ended' ? leave(name) : show(name)),
  });
});

part('sign-out').addEventListener('click', () =>
  attempt(part('signed-in'), async () => {
    await ask('/sign-out', { access_token: token });
    leave('out');
  }),
);

/* The portal's administrator. */

onSubmit('pin', (fields) => ask('/pin', fields));
onSubmit('push', (fields) => ask('/push', fields));

/** Lists where the person is signed in, which the API calls sessions. */
async function listSignIns() {
  const { sessions } = await ask('/sessions');
  part('session-list').replaceChildren(...sessions.map(row));
  part('no-sessions').hidden = sessions.length > 0;
}

function row(signIn) {
  const item = part('session').content.firstElementChild.cloneNode(true);
  item.querySelector('.number').textContent = signIn.id;
  item.querySelector('.facts').textContent = `${signIn.ip_address}, ${signIn.created_at} UTC`;
  item.querySelector('.agent').textContent = signIn.user_agent;
  const button = item.querySelector('button');
  button.setAttribute('aria-label', `${button.textContent}: ${signIn.id}`);
  button.addEventListener('click', () =>
    attempt(part('sessions'), async () => {
      await ask('/sessions', { session_id: String(signIn.id) });
      await listSignIns();
      part('list').focus();
    }),
  );
  return item;
}

part('list').addEventListener('click', () => {
  // The old list is hidden while the portal is asked, since it may be out of date.
  part('session-list').replaceChildren();
  part('no-sessions').hidden = true;
  attempt(part('sessions'), listSignIns);
});
show('out');
