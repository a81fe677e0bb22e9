/** Adds a button to each input that shows a secret once, which copies it. */

const said = document.documentElement.lang === "ru"
  ? { copy: "Скопировать", copied: "Скопировано" }
  : { copy: "Copy", copied: "Copied" };

/** @type {NodeListOf<HTMLInputElement>} */
const secrets = document.querySelectorAll("input[data-copy]");

for (const input of secrets) {
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
