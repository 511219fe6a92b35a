"use strict";
{
  const entries = [...document.querySelectorAll(".entry")];
  const folds = entries.filter((entry) => entry.matches("details"));
  const groups = [...document.querySelectorAll(".topic")];
  const toolbar = document.querySelector(".toolbar");
  const choices = [...document.querySelectorAll(".choice")];
  const search = document.getElementById("text");
  const shown = document.querySelector(".shown");
  const none = document.querySelector(".none");
  const text = new Map(entries.map((entry) => [entry, entry.textContent.toLowerCase()]));

  const pressed = () => choices.filter((choice) => choice.getAttribute("aria-pressed") === "true");

  function filter() {
    const statuses = new Set(pressed().map((choice) => choice.dataset.choice));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let number = 0;
    for (const entry of entries) {
      const wanted =
        (statuses.has("") || entry.dataset.status.split(" ").some((status) => statuses.has(status))) &&
        words.every((word) => text.get(entry).includes(word));
      entry.hidden = !wanted;
      number += wanted;
    }
    for (const group of groups) {
      group.hidden = !group.querySelector(".entry:not([hidden])");
    }
    none.hidden = number > 0;
    shown.textContent = `${number} of ${entries.length} shown`;
  }

  function press(choice) {
    const everything = choices.find((other) => other.dataset.choice === "");
    const on = choice.getAttribute("aria-pressed") !== "true";
    if (choice === everything) {
      choices.forEach((other) => other.setAttribute("aria-pressed", String(other === everything)));
    } else {
      choice.setAttribute("aria-pressed", String(on));
      everything.setAttribute("aria-pressed", "false");
      everything.setAttribute("aria-pressed", String(pressed().length === 0));
    }
    filter();
  }

  function fold(open) {
    for (const entry of folds) {
      if (!entry.hidden) {
        entry.open = open;
      }
    }
  }

  function clear() {
    search.value = "";
    press(choices.find((choice) => choice.dataset.choice === ""));
  }

  // A link to a requirement shows it, whatever is filtered or folded.
  function follow() {
    const entry = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!entries.includes(entry)) {
      return;
    }
    if (entry.hidden) {
      clear();
    }
    if (folds.includes(entry)) {
      entry.open = true;
      entry.querySelector("summary").focus({ preventScroll: true });
    }
    entry.scrollIntoView();
  }

  async function copy(button) {
    const lines = button.closest("figure").querySelector("code");
    let done = true;
    try {
      await navigator.clipboard.writeText(lines.textContent.trimEnd());
    } catch {
      // No clipboard outside of a secure context: select the lines, and copy as of old.
      getSelection().selectAllChildren(lines);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Selected";
    button.setAttribute("aria-label", button.textContent);
    setTimeout(() => {
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy these lines");
    }, 2000);
  }

  toolbar.hidden = false;
  toolbar.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", filter);
  choices.forEach((choice) => choice.addEventListener("click", () => press(choice)));
  document.querySelectorAll(".fold").forEach((button) => {
    button.addEventListener("click", () => fold(button.dataset.open === "true"));
  });
  document.querySelectorAll(".copy").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  });
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => fold(true));
  filter();
  follow();
}
