// The line at the top that says what happened; screen readers read it out.

import { h } from "./dom.js";

const STAYS_MS = 8000;
let timer;
let undoes = () => {};

export const onUndo = (undo) => { undoes = undo; };

export function tell(text, undoable = false) {
  const line = document.getElementById("said");
  clearTimeout(timer);
  line.replaceChildren(h("span", { title: text }, text));
  if (undoable) line.append(h("button", { type: "button", onclick: () => undoes() }, "Undo"));
  line.classList.add("shown");
  timer = setTimeout(fade, STAYS_MS);
}

// What cannot be seen any more cannot have the focus either.
function fade() {
  const line = document.getElementById("said");
  if (line.contains(document.activeElement)) {
    timer = setTimeout(fade, STAYS_MS);
    return;
  }
  line.classList.remove("shown");
  line.querySelector("button")?.remove();
}
