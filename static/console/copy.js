/** Adds a button to each field with a secret that is shown once, or with code, which copies it. */

const said = document.documentElement.lang === "ru"
  ? { copy: "Скопировать", copied: "Скопировано" }
  : { copy: "Copy", copied: "Copied" };

/** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */
const fields = document.querySelectorAll("input[data-copy], textarea[data-copy]");

for (const input of fields) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = said.copy;
  button.addEventListener("click", async () => {
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
      button.textContent = said.copied;
    } catch {
      // The browser does not allow it here. The text is selected, to be copied by hand.
    }
  });
  input.after(button);
}
