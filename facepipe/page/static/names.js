// A name that is changed where it stands, and what is said of whole people.

import { h } from "./dom.js";
import { say } from "./api.js";
import { askWho, confirmed } from "./dialogs.js";

// done: is called with the name that the person has afterwards. left: when somebody is done with typing, by a key.
export function nameField(name, { done = () => {}, left = () => {} } = {}) {
  const field = h("input", {
    type: "text", class: "name", value: name, "aria-label": `Name of ${name}`, spellcheck: "false", autocomplete: "off",
    maxlength: "100", "data-name": name,
  });
  let busy = false;
  async function commit() {
    const text = field.value.trim();
    if (busy || text === name || !field.isConnected) return; // what vanished while it was typed was not said
    if (!text) { field.value = name; return; }
    busy = true;
    const now = await rename(name, text);
    busy = false;
    if (now === null) field.value = name;
    else done(now);
  }
  field.addEventListener("focus", () => field.select());
  field.addEventListener("change", commit);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key !== "Enter" && event.key !== "Escape") return;
    if (event.key === "Escape") field.value = name;
    field.blur();
    left();
    event.preventDefault(); // what has the focus now is not meant
    event.stopPropagation();
  });
  return field;
}

// The name that somebody has after being called `text`; null where that was not done.
export async function rename(person, text) {
  const found = await say({ say: "rename", person, name: text });
  if (found?.taken) {
    const one = await confirmed(`${found.taken} is there already`, `Is ${person} the same person as ${found.taken}?`,
      "Yes, one person", "No");
    return one && (await merge([person], found.taken)) ? found.taken : null;
  }
  return found && nameAfter(found, person);
}

// What somebody is called now: the server writes some names otherwise than they were typed.
const nameAfter = (found, person) => found.people.find((card) => card.faces && card.name !== person)?.name ?? person;

export const merge = (people, into) => say({ say: "merge", people, into });

// Ask whom some people are, and merge them. Gives the name, or null.
export async function mergeInto(people, first = []) {
  const title = people.length === 1 ? `Who is ${people[0]}?` : `Who are these ${people.length}?`;
  const who = await askWho(title, { first, without: people, fresh: people.length === 1 });
  if (who === null) return null;
  if (people.length === 1) return rename1(people[0], who);
  return (await merge(people, who)) ? who : null;
}

async function rename1(person, who) {
  const found = await say({ say: "rename", person, name: who });
  if (found?.taken) return (await merge([person], found.taken)) ? found.taken : null;
  return found && nameAfter(found, person);
}

export const nobodies = (people) => say({ say: "nobodies", people });
