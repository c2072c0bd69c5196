// Talking to the server: answers go one after the other, in the order in which they were given.

import { store } from "./store.js";
import { tell } from "./said.js";

const RETRY_MS = 700;
let last = Promise.resolve();
let waiting = 0; // answers that the server does not have yet

export class Refused extends Error {
  constructor(found) {
    super(found.error);
    this.kind = found.kind;
    this.name_taken = found.name;
  }
}

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refused({ kind: "away", error: "facepipe review has ended: start it again. What it answered is kept; this was not said." });
  }
  if (response.status === 403) {
    throw new Refused({ kind: "away", error: "facepipe review was started again: open the address that it printed." });
  }
  const found = await response.json().catch(() => ({ kind: "failed", error: `the server said ${response.status}` }));
  if (!response.ok) throw new Refused(found);
  return found;
}

// Ask until whatever else is at work in the run has ended.
export async function patiently(path, body) {
  for (;;) {
    try {
      return await ask(path, body);
    } catch (error) {
      if (error.kind !== "busy") throw error;
      tell("Another facepipe is at work in this run; your answer goes in as soon as it ends.");
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}

export const get = (path) => ask(path);

export async function film(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`the server said ${response.status}`);
  return response.blob();
}

// Say something; the people that it changed are in the store when this is done. Null: it was refused, and that is shown.
export function say(answer, path = "/api/say") {
  waiting += 1;
  last = last.then(async () => {
    try {
      const changes = await patiently(path, answer);
      if (changes.said) tell(changes.said, true);
      await hear(changes);
      return changes;
    } catch (error) {
      if (error.kind === "taken") return { taken: error.name_taken };
      tell(error.message);
      if (error.kind === "gone") await reload();
      return null;
    } finally {
      waiting -= 1;
    }
  });
  return last;
}

window.addEventListener("beforeunload", (event) => {
  if (waiting) event.preventDefault(); // the browser asks whether to leave
});

export const undo = () => say({}, "/api/undo");

// Take over what the server told, all of it where others have changed something that it does not tell.
export async function hear(changes) {
  if (!store.patch(changes)) await reload();
}

export async function reload() {
  try {
    store.load(await get(`/api/people?since=${store.state.version}`));
  } catch (error) {
    tell(error.message);
  }
}
