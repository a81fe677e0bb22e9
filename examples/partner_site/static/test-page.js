/** The test page passes on the widget's events to the site's server, which does the rest. */

const widget = document.querySelector('test-widget');
const part = (id) => document.getElementById(id);

/** Sends something to our own server; throws an error with a message for the visitor. */
async function tell(address, body) {
  const headers = {
    'Content-Type': 'application/json',
    // This is the token of the sign-out form, which is on every page.
    'X-XSRFToken': document.querySelector('input[name="_xsrf"]').value,
  };
  let response;
  try {
    response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
  } catch {
    throw new Error(part('unreachable').textContent);
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

// With the attempt's id and token the user can continue on another device. If they can't be stored,
// this tab can still continue, so the visitor is not told.
widget.addEventListener('test-widget:start', async ({ detail }) => {
  try {
    await tell('/attempts', { session: detail.session, resume_token: detail.resumeToken });
    part('elsewhere').hidden = false;
  } catch (error) {
    console.warn(error);
  }
});

// The event comes before the widget shows our template. It is not cancelled, so the widget's card
// stays, with our text in it.
widget.addEventListener('test-widget:pause', ({ detail }) => {
  const link = widget.querySelector('template[slot="pause"]').content.querySelector('a');
  link.href = `/checkout?session=${encodeURIComponent(detail.session)}`;
});

// The event comes again after a reload of a finished test. Saving the result again does no harm.
widget.addEventListener('test-widget:finish', function save({ detail }) {
  const { session, resultKey } = detail;
  part('trouble').hidden = part('again').hidden = true;
  tell('/results', { session, result_key: resultKey }).then(
    ({ address }) => {
      part('result').querySelector('a').href = address;
      part('result').hidden = false;
      part('elsewhere').hidden = true;
    },
    (error) => {
      part('trouble').textContent = error.message;
      part('trouble').hidden = part('again').hidden = false;
      part('again').onclick = () => save({ detail });
    },
  );
});

// "Take it again" begins a new attempt, so the messages about the old result are hidden.
widget.addEventListener('test-widget:start', () => {
  part('result').hidden = part('trouble').hidden = part('again').hidden = true;
});
