/** One choice of a language for the examples of all pages. */

const KEPT = "reference-example";

export function offerExamples() {
  /** @type {NodeListOf<HTMLButtonElement>} */
  const buttons = document.querySelectorAll("[data-choose]");
  const show = () => {
    const chosen = document.documentElement.dataset.example;
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.choose === chosen));
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      document.documentElement.dataset.example = button.dataset.choose;
      try {
        localStorage.setItem(KEPT, button.dataset.choose ?? "");
      } catch {
        // The browser keeps nothing for us: the choice is for this page.
      }
      show();
    });
  }
  const known = [...buttons].map((button) => button.dataset.choose);
  if (known.length > 0 && !known.includes(document.documentElement.dataset.example)) {
    document.documentElement.dataset.example = known[0];
  }
  show();
}
