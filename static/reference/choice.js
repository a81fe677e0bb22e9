/**
 * Tells the style sheet before the page is shown that scripts run, and which language the reader has
 * chosen for the examples. It is no module, so that the page does not change before the reader's eyes.
 */

document.documentElement.dataset.script = "";
try {
  document.documentElement.dataset.example = localStorage.getItem("reference-example") ?? "curl";
} catch {
  document.documentElement.dataset.example = "curl"; // The browser keeps nothing for us.
}
