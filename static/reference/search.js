/** The search field: it looks for what is typed in an index that is fetched once. */

import { found, indexed } from "./found.js";

/** @typedef {import("./found.js").Entry} Entry */

export function offerSearch() {
  const frame = document.querySelector(".search");
  const field = document.getElementById("search-field");
  const list = document.getElementById("search-results");
  const said = document.getElementById("search-said");
  if (
    frame instanceof HTMLElement && field instanceof HTMLInputElement && list !== null && said !== null
  ) {
    new Search(frame, field, list, said).listen();
  }
}

class Search {
  /** @type {Promise<import("./found.js").Indexed[]> | undefined} */
  #index;
  #active = -1;
  #frame;
  #field;
  #list;
  #said;

  /**
   * @param {HTMLElement} frame
   * @param {HTMLInputElement} field
   * @param {HTMLElement} list
   * @param {HTMLElement} said
   */
  constructor(frame, field, list, said) {
    this.#frame = frame;
    this.#field = field;
    this.#list = list;
    this.#said = said;
  }

  listen() {
    this.#field.addEventListener("focus", () => void this.#fetched().catch(() => {}));
    this.#field.addEventListener("input", () => void this.#look());
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    this.#frame.addEventListener("focusout", (event) => {
      if (!(event.relatedTarget instanceof Node && this.#frame.contains(event.relatedTarget))) {
        this.#close();
      }
    });
    addEventListener("keydown", (event) => {
      const isTyping = event.target instanceof HTMLElement &&
        (event.target.isContentEditable || event.target.matches("input, textarea, select"));
      const isSlash = event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey;
      const isK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
      if (isSlash || isK) {
        event.preventDefault();
        this.#field.focus();
        this.#field.select();
      }
    });
  }

  #fetched() {
    this.#index ??= fetch(this.#frame.dataset.index ?? "")
      .then((answer) => {
        if (!answer.ok) throw new Error(`The index was answered with ${answer.status}.`);
        return answer.json();
      })
      .then((/** @type {Entry[]} */ entries) => entries.map(indexed));
    this.#index.catch(() => { this.#index = undefined; }); // The next letter tries again.
    return this.#index;
  }

  async #look() {
    const query = this.#field.value;
    if (query.trim() === "") {
      this.#close();
      return;
    }
    let index;
    try {
      index = await this.#fetched();
    } catch {
      return;
    }
    if (query === this.#field.value) this.#show(found(index, query));
  }

  /** @param {Entry[]} entries */
  #show(entries) {
    const data = this.#frame.dataset;
    this.#list.replaceChildren(...entries.map((entry, number) => this.#option(entry, number)));
    this.#said.textContent = entries.length > 0
      ? (data.found ?? "").replace("{n}", String(entries.length))
      : (data.nothing ?? "");
    this.#said.classList.toggle("unseen", entries.length > 0);
    this.#list.hidden = entries.length === 0;
    this.#field.setAttribute("aria-expanded", String(entries.length > 0));
    this.#choose(entries.length > 0 ? 0 : -1);
  }

  /**
   * @param {Entry} entry
   * @param {number} number
   */
  #option(entry, number) {
    const option = document.createElement("a");
    option.id = `search-result-${number}`;
    option.role = "option";
    option.href = this.#kept(entry.address);
    option.tabIndex = -1;
    const kind = document.createElement("small");
    kind.textContent = this.#frame.dataset[entry.kind] ?? "";
    const name = document.createElement("strong");
    name.textContent = entry.name;
    const text = document.createElement("span");
    text.textContent = entry.text.replaceAll("`", "");
    option.append(kind, name, text);
    return option;
  }

  /**
   * The index has the language of the page in its addresses, and the page's links may have none.
   * @param {string} address
   */
  #kept(address) {
    return this.#frame.dataset.keeps ? address : address.replace(/\?locale=\w+/, "");
  }

  /** @param {number} number */
  #choose(number) {
    this.#active = number;
    for (const [place, option] of [...this.#list.children].entries()) {
      option.setAttribute("aria-selected", String(place === number));
      if (place === number) option.scrollIntoView({ block: "nearest" });
    }
    if (number >= 0) this.#field.setAttribute("aria-activedescendant", `search-result-${number}`);
    else this.#field.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const options = this.#list.children.length;
    const isOpen = !this.#list.hidden && options > 0;
    if (event.key === "Escape") {
      this.#close();
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      const option = this.#list.children[this.#active];
      this.#close();
      if (option instanceof HTMLElement) option.click();
    } else if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#choose((this.#active + step + options) % options);
    }
  }

  #close() {
    this.#list.hidden = true;
    this.#said.textContent = "";
    this.#said.classList.add("unseen");
    this.#field.setAttribute("aria-expanded", "false");
    this.#field.removeAttribute("aria-activedescendant");
  }
}
