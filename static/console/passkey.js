/** Lets an authenticator make or use a passkey, and sends its answer with the form. */

/** @type {NodeListOf<HTMLFormElement>} */
const forms = document.querySelectorAll("form[data-passkey]");

for (const form of forms) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = /** @type {HTMLElement} */ (form.querySelector("[data-failed]"));
    failed.hidden = true;
    try {
      const credential = await askFor(form.dataset.passkey, JSON.parse(form.dataset.options ?? "{}"));
      const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
      field.value = JSON.stringify(credential.toJSON());
    } catch {
      failed.hidden = false;
      return;
    }
    form.submit();
  });
}

/**
 * @param {string | undefined} kind
 * @param {any} options
 * @returns {Promise<PublicKeyCredential>}
 */
async function askFor(kind, options) {
  const credential = kind === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return /** @type {PublicKeyCredential} */ (credential);
}
