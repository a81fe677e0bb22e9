/** The test page: hands on what the widget tells, and nothing else. The site's server does the rest. */

const widget = document.querySelector('test-widget');
const part = (id) => document.getElementById(id);

/** Tells our own server; throws an error with words for the visitor. */
async function tell(address, body) {
  const headers = {
    'Content-Type': 'application/json',
    // The token that protects the sign-out form of every page.
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

// With both tokens the user can continue on another device. Without them only this tab can, and
// that is no reason to disturb anybody.
widget.addEventListener('test-widget:start', async ({ detail }) => {
  try {
    await tell('/attempts', { session: detail.session, resume_token: detail.resumeToken });
    part('elsewhere').hidden = false;
  } catch (error) {
    console.warn(error);
  }
});

// Fires before the widget shows our template. Not cancelled: the card stays, the words are ours.
widget.addEventListener('test-widget:pause', ({ detail }) => {
  const link = widget.querySelector('template[slot="pause"]').content.querySelector('a');
  link.href = `/checkout?session=${encodeURIComponent(detail.session)}`;
});

// Comes again after a reload of a finished test; saving it again does no harm.
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

// "Take it again" begins anew below an old result.
widget.addEventListener('test-widget:start', () => {
  part('result').hidden = part('trouble').hidden = part('again').hidden = true;
});
