// All faces of one person, or the unknown ones: tick, then say what they are.

import { h, fill, action, counted, faceImage, personLink } from "./dom.js";
import { Grid } from "./grid.js";
import { get, say } from "./api.js";
import { merge, mergeInto, nameField, nobodies } from "./names.js";
import { askWho, showOriginal } from "./dialogs.js";
import { store } from "./store.js";
import { tell } from "./said.js";

export const personKeys = ["One person", [
  ["← ↑ → ↓", "move; with Shift, tick on the way"], ["Space", "tick"], ["A", "tick all"], ["X", "not this person"],
  ["B", "nobody who matters"], ["M", "somebody else: who? Nothing ticked: who is this person?"],
  ["N", "a new person"], ["C", "confirm"], ["R", "rename"], ["O", "original frame"], ["Esc", "clear, or back"],
]];

const SORTS = {
  doubt: ["most doubtful first", (faces) => (a, b) => faces.doubt[b] - faces.doubt[a]],
  time: ["in the order of the inputs", () => () => 0],
  best: ["best quality first", (faces) => (a, b) => faces.quality[b] - faces.quality[a]],
  worst: ["worst quality first", (faces) => (a, b) => faces.quality[a] - faces.quality[b]],
  blurred: ["most blurred first", (faces) => (a, b) => faces.sharpness[a] - faces.sharpness[b]],
  sharp: ["sharpest first", (faces) => (a, b) => faces.sharpness[b] - faces.sharpness[a]],
  small: ["smallest first", (faces) => (a, b) => faces.width[a] - faces.width[b]],
};
let sorting = "doubt";

export function person(view, name) {
  const unknown = name === "";
  const line = h("p", { class: "count", "aria-live": "polite" });
  const alike = h("section", { class: "alike", "aria-label": "Who looks alike" });
  const sort = h("select", { "aria-label": "Order of the faces", onchange: () => { sorting = sort.value; order().then(() => grid.begin()); } },
    Object.entries(SORTS).filter(([id]) => !(unknown && id === "doubt"))
      .map(([id, [text]]) => h("option", { value: id, selected: id === sorting }, text)));
  const grid = new Grid({
    label: unknown ? "Unknown faces" : `Faces of ${name}`, width: 112, height: (wide) => wide, draw: tile, onTicks: drawBar,
    open: original,
  });
  const bar = h("div", { class: "actions", role: "toolbar", "aria-label": "What the faces are" });
  const title = h("div", { class: "title" });
  const empty = h("p", { class: "empty", hidden: true }, "No face is left here.");
  let faces = null;
  let places = new Map();
  let version = -1;
  let open = true;
  const left = new Map(); // faces that were said to be elsewhere -> the version of the review that shows it

  function tile(face) {
    const index = places.get(face);
    return h("div", { "aria-label": `face ${index + 1}, quality ${faces.quality[index]}` }, faceImage(face),
      h("button", { type: "button", class: "look", tabIndex: -1, "aria-label": "Original frame",
        onclick: () => original(face) }, "⤢"));
  }
  function original(face = grid.current) {
    if (face) showOriginal(face, grid.items);
  }

  async function draw() {
    let found;
    try {
      found = await get(`/api/person?name=${encodeURIComponent(name)}`);
    } catch (error) {
      if (!open) return; // who was renamed has a page of its own by now
      if (error.kind === "gone") location.replace("#/people");
      else tell(error.message);
      return;
    }
    if (!open || found.version < version) return; // a later reply came before
    const first = faces === null;
    faces = found;
    version = found.version;
    places = new Map(found.faces.map((face, index) => [face, index]));
    drawTitle();
    await order();
    if (first && !title.contains(document.activeElement)) grid.go(0, false);
  }

  function drawTitle() {
    line.textContent = counted(faces.faces.length, "face");
    empty.hidden = faces.faces.length > 0;
    alike.replaceChildren();
    if (unknown) {
      title.replaceChildren(h("h1", {}, "Unknown faces"), line);
      return;
    }
    if (!document.activeElement?.matches(".title .name")) { // else it stays while it is typed
      const field = nameField(name, { done: (now) => location.replace(personLink(now)), left: () => grid.go(grid.cursor) });
      title.replaceChildren(faceImage(faces.cover), h("div", {}, field, line));
    }
    if (!faces.nearest.length) return;
    alike.append(h("h2", {}, "Looks most like"), h("ul", {}, faces.nearest.map((other) => h("li", {},
      h("a", { href: personLink(other.name) }, faceImage(other.cover), h("span", {}, other.name),
        h("small", {}, counted(other.faces, "face"))),
      h("button", { type: "button", "aria-label": `${other.name} is the same person as ${name}`,
        onclick: () => join(other) }, "Same"),
      h("button", { type: "button", "aria-label": `${other.name} is not the same person as ${name}`,
        onclick: (event) => apart(other, event.target.closest("li")) }, "Different")))));
  }

  // The one with a name, or more faces, gives the name.
  async function join(other) {
    const mine = { name, faces: faces.faces.length, named: faces.named };
    const into = other.named !== mine.named ? (other.named ? other : mine) : other.faces > mine.faces ? other : mine;
    const gone = into === mine ? other.name : name;
    if ((await merge([gone], into.name)) && into !== mine) location.replace(personLink(into.name));
  }

  async function apart(other, item) {
    if (await say({ say: "different", one: name, other: other.name })) item.remove();
  }

  async function order() {
    if (["blurred", "sharp"].includes(sorting) && !faces.sharpness) {
      const mine = faces;
      const { sharpness } = await get(`/api/sharpness?name=${encodeURIComponent(name)}`).catch(() => ({ sharpness: {} }));
      mine.sharpness = mine.faces.map((face) => sharpness[face] ?? 0);
      if (mine !== faces) return;
    }
    const by = SORTS[unknown && sorting === "doubt" ? "time" : sorting][1](faces);
    const rows = faces.faces.map((_, index) => index).sort((a, b) => by(a, b) || a - b)
      .filter((row) => !(left.get(faces.faces[row]) > version));
    grid.set(rows.map((row) => faces.faces[row]));
  }

  function drawBar() {
    const number = grid.ticked.size;
    fill(bar, h("b", {}, `${number} ticked`),
      !unknown && action("Not this person", "X", act("reject"), "main"),
      action("Somebody else", "M", other, unknown ? "main" : ""), action("New person", "N", act("split")),
      action("Nobody", "B", act("nobody")), !unknown && action("Confirm", "C", act("confirm")),
      action("Clear", "Esc", () => grid.tickAll(false)));
    bar.classList.toggle("shown", number > 0);
  }

  // Say something of faces. Those that leave are gone at once: the next key is for the next face, however long the
  // answer takes.
  async function give(chosen, answer) {
    if (!chosen.length) return;
    const leave = answer.say !== "confirm" && !(unknown && answer.say === "nobody");
    grid.tickAll(false);
    if (leave) {
      for (const face of chosen) left.set(face, Infinity);
      order();
    }
    const changes = await say({ ...answer, faces: chosen });
    for (const face of chosen) left.set(face, changes ? changes.version : 0);
    if (!changes?.people.length) draw();
  }
  const act = (what) => () => give(grid.chosen, { say: what });

  async function other() {
    if (!grid.ticked.size && !unknown) {
      const who = await mergeInto([name], faces.nearest.map((one) => one.name));
      if (who !== null) location.replace(personLink(who));
      return;
    }
    const chosen = grid.chosen;
    if (!chosen.length) return;
    const near = await get(`/api/face/${encodeURIComponent(chosen[0])}`).catch(() => ({ nearest: [] }));
    const who = await askWho(chosen.length === 1 ? "Who is this?" : `Who are these ${chosen.length} faces?`,
      { first: near.nearest.map((one) => one.name), without: [name] });
    if (who !== null) give(chosen, { say: "assign", person: who });
  }

  fill(view, h("div", { class: "head" }, h("a", { href: "#/people", class: "back" }, "‹ People"), title,
    !unknown && h("div", { class: "whole" }, action("Who is this?", "M", () => { grid.tickAll(false); other(); }),
      action("Nobody", "", () => nobodies([name])))),
  alike, h("div", { class: "controls" }, h("label", {}, "Order", sort), action("Tick all", "A", () => grid.tickAll())),
  grid.root, empty, bar);
  draw();
  const stop = store.listen((names) => (names === null ? store.state.version !== version : names.has(name) || unknown) && draw());

  return {
    keys: {
      x: act(unknown ? "nobody" : "reject"), b: act("nobody"), m: other, n: act("split"), c: act("confirm"),
      a: () => grid.tickAll(), o: () => original(), r: () => view.querySelector(".name")?.focus(), "ctrl+a": () => grid.tickAll(),
      Escape: () => { if (grid.ticked.size) grid.tickAll(false); else location.hash = "#/people"; },
    },
    close() {
      open = false;
      stop();
      grid.close();
    },
  };
}
