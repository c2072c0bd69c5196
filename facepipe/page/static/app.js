// The page: which view is shown, everybody's keys, and what is shown around the views.

import { counted } from "./dom.js";
import { reload, undo } from "./api.js";
import { asking } from "./asking.js";
import "./clicks.js";
import { pushKeys } from "./keys.js";
import { showKeys } from "./dialogs.js";
import { onUndo } from "./said.js";
import { store } from "./store.js";
import { done } from "./done.js";
import { people, peopleKeys } from "./people.js";
import { person, personKeys } from "./person.js";
import { questions, questionKeys } from "./questions.js";

const VIEWS = { questions, people, person, unknown: (view) => person(view, ""), done };
const TABS = ["questions", "people", "unknown", "done"];
const everybody = ["Everywhere", [
  ["1 2 3 4", "questions, people, unknown, done"], ["U", "take the last answer back"], ["?", "these keys"],
]];

const view = document.getElementById("view");
let shown = { keys: {}, close() {} };
let forget = () => {};

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // nobody is called so
  }
}

function route() {
  const [, where = "", ...rest] = location.hash.split("/");
  const name = where in VIEWS ? where : "questions";
  for (const dialog of document.querySelectorAll("dialog")) dialog.close(); // it was about what is left
  shown.close();
  forget();
  window.scrollTo(0, 0);
  view.className = name;
  shown = VIEWS[name](view, decoded(rest.join("/")));
  forget = pushKeys(shown.keys, { overButtons: shown.overButtons });
  for (const link of document.querySelectorAll("nav a")) {
    const here = link.hash === `#/${name === "person" ? "people" : name}`;
    link.toggleAttribute("aria-current", here);
    if (here) link.setAttribute("aria-current", "page");
  }
}

function drawTop() {
  const { settled, unknown } = store.state;
  const bar = document.getElementById("settled");
  const percent = Math.floor(100 * settled);
  bar.setAttribute("aria-valuenow", String(percent));
  bar.querySelector("i").style.width = `${percent}%`;
  bar.querySelector("b").textContent = `${percent}% settled`;
  document.querySelector('nav a[href="#/unknown"]').title = counted(unknown, "face");
}

async function takeBack() {
  const done = await undo();
  asking.forget();
  asking.look();
  return done;
}

const help = () => showKeys([everybody, questionKeys, peopleKeys, personKeys]);

pushKeys({
  u: takeBack, "ctrl+z": takeBack, "?": help,
  ...Object.fromEntries(TABS.map((name, index) => [String(index + 1), () => { location.hash = `#/${name}`; }])),
});
onUndo(takeBack);
document.getElementById("undo").addEventListener("click", takeBack);
document.getElementById("help").addEventListener("click", help);
store.listen(drawTop);
let version = 0;
store.listen(() => {
  if (store.state.version !== version) asking.look(); // how much is settled
  version = store.state.version;
});
store.load(JSON.parse(document.getElementById("first").textContent));
history.replaceState(null, "", `/${location.hash}`); // the token stays out of sight, and out of the history
window.addEventListener("hashchange", route);
window.addEventListener("focus", reload); // another tab, command or file manager may have changed something
route();
