// What was decided, and what can follow: folders written, people made anew, an export.

import { h, key } from "./dom.js";
import { get, hear, patiently, reload } from "./api.js";
import { tell } from "./said.js";
import { store } from "./store.js";

const LOOK_MS = 800;

export function done(view) {
  const state = h("p", { "aria-live": "polite" });
  const write = h("button", { type: "button", class: "main", onclick: finish }, "Write everything now", key("W"));
  const places = h("dl", { class: "places" });
  const notes = h("ul", { class: "notes" });
  const decided = h("ol", { class: "history", reversed: true });
  const difference = h("div", { "aria-live": "polite" });
  const look = h("button", { type: "button", onclick: proposed }, "See what would change");
  const format = h("select", { name: "format" });
  const boxes = h("select", { name: "boxes" });
  const unknown = h("select", { name: "unknown" });
  const folder = h("input", { type: "text", name: "folder", spellcheck: "false", required: true });
  const least = h("input", { type: "number", min: "0", max: "1", step: "0.05", value: "0" });
  const dedupe = h("input", { type: "checkbox" });
  const exported = h("div", { "aria-live": "polite" });
  const go = h("button", { type: "submit", class: "main" }, "Export");
  let looking;

  function card(title, about, ...parts) {
    return h("section", { class: "card" }, h("h2", {}, title), about && h("p", { class: "about" }, about), parts);
  }

  async function draw() {
    const found = await get("/api/done").catch(() => null);
    if (!found || !view.contains(decided)) return;
    decided.replaceChildren(...found.history.map(({ words, undone }) =>
      h("li", {}, undone ? [h("del", {}, words), " taken back"] : words)));
    if (!found.history.length) decided.replaceChildren(h("li", { class: "none" }, "Nothing yet."));
    places.replaceChildren(...Object.entries(found.places).flatMap(([name, path]) => [h("dt", {}, name), h("dd", {}, path)]));
    if (format.options.length) return;
    format.append(...found.formats.map(({ name, about }) => h("option", { value: name }, `${name}: ${about}`)));
    boxes.append(...found.boxes.map((name) => h("option", { value: name }, name)));
    unknown.append(...found.unknown.map((name) => h("option", { value: name }, name)));
    folder.value = found.folder;
    folder.title = `in ${found.beside}`;
  }

  function drawState() {
    const { pending, updating, notes: lines = [] } = store.state;
    state.textContent = updating ? "Writing folders, montages and the report … you can go on meanwhile."
      : pending ? "Every answer is kept. The folders follow when you pause, when you end facepipe review, or now."
        : "Folders, montages and the report show what was said.";
    write.disabled = updating;
    notes.replaceChildren(...lines.map((line) => h("li", {}, line)));
    clearTimeout(looking);
    if (updating) looking = setTimeout(refreshState, LOOK_MS);
  }

  async function refreshState() {
    try {
      await hear(await get("/api/state"));
    } catch (error) {
      failed(error);
    }
  }

  async function finish() {
    write.disabled = true;
    try {
      await hear({ ...(await patiently("/api/update", {})), updating: true });
    } catch (error) {
      failed(error);
    }
  }

  // Nobody knows of anything being written any more.
  function failed(error) {
    store.patch({ updating: false });
    tell(error.message);
  }

  async function proposed() {
    look.disabled = true;
    difference.replaceChildren(h("p", {}, "Looking …"));
    const found = await get("/api/anew").catch((error) => ({ error: error.message }));
    look.disabled = false;
    if (found.error) {
      difference.replaceChildren(h("p", {}, found.error));
    } else if (!found.faces) {
      difference.replaceChildren(h("p", {}, "Nothing would change."));
    } else {
      const [summary, ...lines] = found.lines;
      difference.replaceChildren(h("p", {}, `It would be: ${summary}.`),
        h("ul", { class: "notes" }, lines.map((line) => h("li", {}, line))),
        h("button", { type: "button", class: "main", onclick: anew }, "Do that"));
    }
  }

  async function anew() {
    difference.replaceChildren(h("p", {}, "Making people anew; you can go on meanwhile …"));
    try {
      store.load(await patiently("/api/anew", {}));
      difference.replaceChildren(h("p", {}, "Done."));
    } catch (error) {
      difference.replaceChildren(h("p", {}, error.message));
    }
  }

  async function send(event) {
    event.preventDefault();
    go.disabled = true;
    exported.replaceChildren(h("p", {}, "Exporting …"));
    const wanted = { format: format.value, boxes: boxes.value, unknown: unknown.value, folder: folder.value,
      min_quality: Number(least.value), dedupe: dedupe.checked };
    const found = await patiently("/api/export", wanted).catch((error) => ({ lines: [error.message] }));
    go.disabled = false;
    exported.replaceChildren(h("ul", { class: "notes" }, found.lines.map((line) => h("li", {}, line))));
    await reload();
  }

  const form = h("form", { class: "export", onsubmit: send },
    h("label", {}, "Format", format), h("label", {}, "A box or crop holds the", boxes),
    h("label", {}, "Unknown faces", unknown), h("label", {}, "Least quality", least),
    h("label", { class: "tick" }, dedupe, "only the best of near-duplicates"),
    h("label", {}, "Folder, beside the run", folder), go);
  view.replaceChildren(
    card("The folders", null, state, places, notes, h("div", { class: "buttons" }, write)),
    card("What was decided", "In this review, the last one first. U takes the last one back.", decided),
    card("Cluster again with what was said", "Every answer is kept; faces that nobody decided on may move.", look, difference),
    card("Export a dataset", "Written from the folders, which are brought up to date first.", form, exported));
  draw();
  drawState();
  const stop = store.listen(() => { draw(); drawState(); });
  return {
    keys: { w: finish },
    close() {
      stop();
      clearTimeout(looking);
    },
  };
}
