/** A button at each piece of code, which copies it. */

const SHOWN_MS = 2000;

export function offerCopies() {
  const main = document.getElementById("content");
  for (const code of document.querySelectorAll("main pre")) {
    const frame = document.createElement("div");
    frame.className = "copied";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = main?.dataset.copy ?? "";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent ?? "");
      } catch {
        getSelection()?.selectAllChildren(code); // To be copied by hand.
        return;
      }
      button.textContent = main?.dataset.copied ?? "";
      setTimeout(() => { button.textContent = main?.dataset.copy ?? ""; }, SHOWN_MS);
    });
    code.replaceWith(frame);
    frame.append(code, button);
  }
}
